// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* One line for each packet; tests/integration/test_trace.py compares it with tcpdump's. */
#define _GNU_SOURCE
#include "cli/trace/packet-text.h"

#include "base/cleanup.h"
#include "tests/unit/test.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MACS "020000000002 020000000001"
#define IPV4(length, fragment, protocol) \
	"0800 4500" length "0001" fragment "40" protocol "0000 0a000001 0a000002"
#define IPV6(length, next)                  \
	"86dd 60000000" length next "40"    \
	"20010db8000000000000000000000001 " \
	"20010db8000000000000000000000002"
#define TCP "04d2 0050 00000001 00000000 50 02 2000 0000 0000"
#define UDP "0035 04d2 0010 0000 0102030405060708"

struct packet {
	unsigned char bytes[200];
	size_t size;
};

static void read_hex(const char *hex, struct packet *ret)
{
	unsigned int byte;

	ret->size = 0;
	for (; *hex; hex += isspace((unsigned char)*hex) ? 1 : 2) {
		if (isspace((unsigned char)*hex))
			continue;
		assert_int_equal(sscanf(hex, "%2x", &byte), 1);
		ret->bytes[ret->size++] = (unsigned char)byte;
	}
}

/* The text of the first `captured` bytes; the caller frees it. */
static char *describe(const struct packet *packet, size_t captured)
{
	cleanup(freep) unsigned char *copy = malloc(captured ?: 1); /* ASan sees reads beyond it */
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	memcpy(copy, packet->bytes, captured);
	packet_text(file, copy, captured, packet->size);
	fclose(file);
	return text;
}

static void says(const char *hex, const char *expected)
{
	struct packet packet;

	read_hex(hex, &packet);
	cleanup(freep) char *text = describe(&packet, packet.size);

	assert_string_equal(text, expected);
}

static void transports_have_ports(void **state)
{
	(void)state;
	says(MACS IPV4("0028", "0000", "06") TCP,
	     "IP 10.0.0.1.1234 > 10.0.0.2.80: Flags [S], seq 1, win 8192, length 0");
	says(MACS IPV4("0024", "0000", "11") UDP, "IP 10.0.0.1.53 > 10.0.0.2.1234: UDP, length 8");
	says(MACS IPV6("0010", "11") UDP, "IP6 2001:db8::1.53 > 2001:db8::2.1234: UDP, length 8");
	says(MACS IPV6("0014", "06") TCP,
	     "IP6 2001:db8::1.1234 > 2001:db8::2.80: Flags [S], seq 1, win 8192, length 0");
}

static void padding_is_not_part_of_a_packet(void **state)
{
	(void)state;
	says(MACS IPV4("0028", "0000", "06") TCP "000000000000",
	     "IP 10.0.0.1.1234 > 10.0.0.2.80: Flags [S], seq 1, win 8192, length 0");
}

static void control_messages_have_a_type(void **state)
{
	(void)state;
	says(MACS IPV4("001c", "0000", "01") "0800 0000 0007 0003",
	     "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 3, length 8");
	says(MACS IPV4("001c", "0000", "01") "0301 0000 0000 0000",
	     "IP 10.0.0.1 > 10.0.0.2: ICMP unreachable, code 1, length 8");
	says(MACS IPV6("0008", "3a") "8700 0000 0000 0000",
	     "IP6 2001:db8::1 > 2001:db8::2: ICMP6, neighbor solicitation, length 8");
}

static void fragments_have_no_ports(void **state)
{
	(void)state;
	says(MACS IPV4("0024", "2000", "11") UDP,
	     "IP 10.0.0.1.53 > 10.0.0.2.1234: UDP, length 8, first fragment");
	says(MACS IPV4("0024", "0001", "11") UDP,
	     "IP 10.0.0.1 > 10.0.0.2: UDP fragment, offset 8, length 16");
	says(MACS IPV6("0018", "2c") "11 00 0009 00000000" UDP,
	     "IP6 2001:db8::1 > 2001:db8::2: UDP fragment, offset 8, length 16");
}

static void extension_headers_are_skipped(void **state)
{
	(void)state;
	says(MACS IPV6("0018", "00") "11 00 000000000000" UDP,
	     "IP6 2001:db8::1.53 > 2001:db8::2.1234: UDP, length 8");
}

static void vlan_tags_come_first(void **state)
{
	(void)state;
	says(MACS "8100 0064" IPV4("0024", "0000", "11") UDP,
	     "vlan 100, IP 10.0.0.1.53 > 10.0.0.2.1234: UDP, length 8");
	says(MACS "88a8 0064 8100 20c8 0806", "vlan 100, vlan 200, ARP, [|arp]");
}

static void arp_is_a_question_or_an_answer(void **state)
{
	(void)state;
	says(MACS "0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002",
	     "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28");
	says(MACS "0806 0001 0800 06 04 0002 020000000001 0a000001 020000000002 0a000002",
	     "ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28");
	says(MACS "0806 0001 0800 06 04 0003 020000000001 0a000001 020000000002 0a000002",
	     "ARP, operation 3, length 28");
}

static void other_packets_have_their_addresses(void **state)
{
	(void)state;
	says(MACS "88cc 0000", "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 0x88cc, length 2");
	says(MACS "0003 424203", "02:00:00:00:00:01 > 02:00:00:00:00:02, 802.3, length 3");
	says(MACS IPV4("0018", "0000", "2f") "00000800", "IP 10.0.0.1 > 10.0.0.2: GRE, length 4");
	says(MACS IPV4("0018", "0000", "fd") "00000800",
	     "IP 10.0.0.1 > 10.0.0.2: ip-proto-253, length 4");
}

static void wrong_lengths_are_reported(void **state)
{
	(void)state;
	says(MACS "0800 4100 0014 0000 0000 4006 0000 0a000001 0a000002",
	     "IP with a bad header (0x41)");
	says(MACS "0800 6500 0014 0000 0000 4006 0000 0a000001 0a000002",
	     "IP with a bad header (0x65)");
	says(MACS IPV4("0028", "0000", "06") "04d2 0050 00000001 00000000 f0 02 2000 0000 0000",
	     "IP 10.0.0.1.1234 > 10.0.0.2.80: Flags [S], seq 1, win 8192, bad header length 60");
	says(MACS IPV4("001c", "0000", "11") "0035 04d2 0003 0000",
	     "IP 10.0.0.1.53 > 10.0.0.2.1234: UDP, bad length 3");
}

/* Whatever is missing, the text is a line, and nothing beyond the captured bytes is read. */
static void packets_may_be_cut_anywhere(void **state)
{
	static const char *const packets[] = {
		MACS IPV4("0028", "0000", "06") TCP,
		MACS IPV6("0018", "00") "11 00 000000000000" UDP,
		MACS "8100 0064" IPV4("001c", "0000", "01") "0800 0000 0007 0003",
		MACS "0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002",
	};

	(void)state;
	for (size_t i = 0; i < array_size(packets); i++) {
		struct packet packet;

		read_hex(packets[i], &packet);
		for (size_t captured = 0; captured <= packet.size; captured++) {
			cleanup(freep) char *text = describe(&packet, captured);

			assert_true(*text);
			for (const char *character = text; *character; character++)
				assert_true(isprint((unsigned char)*character));
		}
	}
}

static void cut_headers_are_marked(void **state)
{
	struct packet packet;

	(void)state;
	read_hex(MACS IPV4("0028", "0000", "06") TCP, &packet);
	cleanup(freep) char *without_flags = describe(&packet, 44);
	cleanup(freep) char *without_ports = describe(&packet, 35);
	cleanup(freep) char *without_addresses = describe(&packet, 20);

	assert_string_equal(without_flags, "IP 10.0.0.1.1234 > 10.0.0.2.80: [|tcp]");
	assert_string_equal(without_ports, "IP 10.0.0.1 > 10.0.0.2: [|tcp]");
	assert_string_equal(without_addresses, "IP [|ip]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transports_have_ports),
		cmocka_unit_test(padding_is_not_part_of_a_packet),
		cmocka_unit_test(control_messages_have_a_type),
		cmocka_unit_test(fragments_have_no_ports),
		cmocka_unit_test(extension_headers_are_skipped),
		cmocka_unit_test(vlan_tags_come_first),
		cmocka_unit_test(arp_is_a_question_or_an_answer),
		cmocka_unit_test(other_packets_have_their_addresses),
		cmocka_unit_test(wrong_lengths_are_reported),
		cmocka_unit_test(packets_may_be_cut_anywhere),
		cmocka_unit_test(cut_headers_are_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
