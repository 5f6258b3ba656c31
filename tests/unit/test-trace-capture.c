// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Records of packets as text, JSON and pcapng; the last is read with tshark(1), if it is there. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/verdict.h"
#include "cli/trace/capture-file.h"
#include "cli/trace/expression.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OBJECT "sha256:0123456789abcdef"

static const unsigned char packet[] =
	"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0\x45\0\0\x1c\0\1\0\0\x40\x11\0\0"
	"\x0a\0\0\1\x0a\0\0\2\0\x35\4\xd2\0\x08\0";

#define PACKET_SIZE sizeof(packet) /* with the NUL byte at the end: the checksum */

static void prepare(struct traced_chains *ret)
{
	cleanup(json_decrefp) json_t *reply =
		json_pack("{s:s, s:i, s:[{s:s, s:s}, {s:s}]}", "device", "eth0", "generation", 7,
			  "components", "name", "fw", "object", OBJECT, "name", "adopted");

	*ret = (struct traced_chains){};
	traced_chains_add(ret, reply);
}

static struct ring_record record_of(uint8_t component, uint8_t verdict, uint8_t flags)
{
	return (struct ring_record){
		.record = { .packet = 0x8000000000000001,
			    .generation = 7,
			    .length = PACKET_SIZE,
			    .queue = 3,
			    .verdict = verdict,
			    .component = component,
			    .flags = flags,
			    .captured = PACKET_SIZE },
		.bytes = packet,
	};
}

static void describes(const struct ring_record *record, const char *expected)
{
	cleanup(traced_chains_done) struct traced_chains chains;
	struct sighting sighting;

	prepare(&chains);
	sighting_init(&sighting, &chains, record);
	cleanup(freep) char *text = sighting_describe(&sighting);

	assert_string_equal(text, expected);
}

static void each_place_has_a_description(void **state)
{
	struct ring_record records[] = {
		record_of(0, VERDICT_DROP, TRACE_LEFT),
		record_of(1, VERDICT_REDIRECT, TRACE_LEFT),
		record_of(2, VERDICT_PASS, TRACE_LEFT),
		record_of(0, VERDICT_PASS, 0),
		record_of(TRACE_ENTRY, TRACE_NO_VERDICT, 0),
		record_of(0, TRACE_NO_VERDICT, TRACE_LEFT),
		record_of(0, VERDICT_DROP, TRACE_LEFT),
	};

	(void)state;
	records[6].record.generation = 6; /* no reply about it */
	describes(&records[0], "dropped by fw, generation 7");
	describes(&records[1], "redirected by adopted, generation 7");
	describes(&records[2], "passed at the end of the chain, generation 7");
	describes(&records[3], "pass from fw, generation 7");
	describes(&records[4], "arrived, generation 7");
	describes(&records[5], "left by fw, generation 7");
	describes(&records[6], "dropped by a component that is not known, generation 6");
}

static void old_generations_are_forgotten(void **state)
{
	cleanup(traced_chains_done) struct traced_chains chains = {};

	(void)state;
	for (int generation = 1; generation <= 100; generation++) {
		cleanup(json_decrefp)
			json_t *reply = json_pack("{s:s, s:i, s:[]}", "device", "eth0",
						  "generation", generation, "components");

		traced_chains_add(&chains, reply);
	}
	assert_int_equal(chains.n_items, TRACED_CHAINS_KEPT);
	assert_int_equal(chains.items[TRACED_CHAINS_KEPT - 1].generation, 100);
}

static void a_line_has_what_happened_and_what_it_is(void **state)
{
	const struct ring_record record = record_of(0, VERDICT_DROP, TRACE_LEFT);
	cleanup(traced_chains_done) struct traced_chains chains;
	struct sighting sighting;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	setenv("TZ", "UTC", 1);
	prepare(&chains);
	sighting_init(&sighting, &chains, &record);
	sighting.time = 86399250123456;
	sighting.changed = true;
	sighting.changed_from = 14;
	sighting.changed_end = 26;
	sighting_print(file, &sighting, true);
	fclose(file);
	assert_string_equal(text,
			    "23:59:59.250123 #8000000000000001 dropped by fw, generation 7, "
			    "changed bytes 14 to 25, length 42: IP 10.0.0.1.53 > 10.0.0.2.1234: "
			    "UDP, length 0\n");
	free(text);
}

static void json_has_the_verdict_and_the_component(void **state)
{
	const struct ring_record record = record_of(0, VERDICT_DROP, TRACE_LEFT);
	cleanup(traced_chains_done) struct traced_chains chains;
	cleanup(json_decrefp) json_t *encoded = NULL;
	const char *packet_number, *outcome, *verdict, *component, *object;
	struct sighting sighting;

	(void)state;
	prepare(&chains);
	sighting_init(&sighting, &chains, &record);
	encoded = sighting_encode(&sighting);
	assert_int_equal(json_unpack(encoded, "{s:s, s:s, s:s, s:s, s:s}", "packet", &packet_number,
				     "outcome", &outcome, "verdict", &verdict, "component",
				     &component, "object", &object),
			 0);
	assert_string_equal(packet_number, "8000000000000001");
	assert_string_equal(outcome, "leave");
	assert_string_equal(verdict, "drop");
	assert_string_equal(component, "fw");
	assert_string_equal(object, OBJECT);
}

static void write_capture(const char *path)
{
	const struct ring_record records[] = {
		record_of(TRACE_ENTRY, TRACE_NO_VERDICT, 0),
		record_of(0, VERDICT_DROP, TRACE_LEFT),
		record_of(2, VERDICT_PASS, TRACE_LEFT),
	};
	cleanup(traced_chains_done) struct traced_chains chains;
	FILE *file = fopen(path, "w");
	struct capture_file capture;

	assert_non_null(file);
	prepare(&chains);
	capture_file_init(&capture, file, "udp", 128, NULL);
	for (size_t i = 0; i < array_size(records); i++) {
		struct sighting sighting;

		sighting_init(&sighting, &chains, &records[i]);
		sighting.time = 1796080744118000123 + i;
		capture_file_add(&capture, &sighting, i == 2 ? 5 : 0);
	}
	capture_file_end(&capture, "eth0", 1796080744118000999, 5);
	assert_int_equal(fclose(file), 0);
}

static void run(const char *command, const char *expected)
{
	FILE *output = popen(command, "r");
	char text[2000] = "";

	assert_non_null(output);
	text[fread(text, 1, sizeof(text) - 1, output)] = '\0';
	assert_int_equal(pclose(output), 0);
	assert_string_equal(text, expected);
}

#define TSHARK "tshark -r %s 2>/dev/null "

static void tshark_finds(const char *path, const char *options, const char *expected)
{
	cleanup(freep) char *command = NULL;

	assert_true(asprintf(&command, TSHARK "%s", path, options) > 0);
	run(command, expected);
}

static void libpcap_reads_a_file_without_packets(void **state)
{
	char path[] = "/tmp/xdpd-test-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	struct capture_file capture;
	cleanup(freep) char *command = NULL;

	(void)state;
	if (system("command -v tcpdump >/dev/null") != 0)
		skip();
	assert_non_null(file);
	capture_file_init(&capture, file, NULL, 128, NULL);
	capture_file_end(&capture, "eth0", 1796080744118000999, 5);
	assert_int_equal(fclose(file), 0);
	assert_true(asprintf(&command, "tcpdump -r %s 2>&1 >/dev/null", path) > 0);
	assert_int_equal(system(command), 0);
	unlink(path);
}

static void tshark_reads_the_file(void **state)
{
	char path[] = "/tmp/xdpd-test-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	if (system("command -v tshark >/dev/null") != 0)
		skip();
	assert_true(fd >= 0);
	close(fd);
	write_capture(path);
	tshark_finds(path,
		     "-T fields -e frame.interface_name -e frame.verdict.ebpf_xdp "
		     "-e frame.packet_id -e frame.interface_queue -e frame.drop_count",
		     "eth0@arrive\t\t9223372036854775809\t3\t\n"
		     "eth0:fw@leave\t1\t9223372036854775809\t3\t\n"
		     "eth0@leave\t2\t9223372036854775809\t3\t5\n");
	tshark_finds(path,
		     "-Y 'frame.verdict.ebpf_xdp == 1' -T fields -e frame.comment -e udp.port",
		     "dropped by fw, generation 7, object " OBJECT "\t53,1234\n");
	tshark_finds(path, "-T fields -e frame.time_epoch -c 1", "1796080744.118000123\n");
	unlink(path);
}

static void expressions_are_compiled_or_refused_in_the_words_of_libpcap(void **state)
{
	char *problem = NULL;
	cleanup(freep) char *filter = expression_compile("ip", &problem);

	(void)state;
	/* ldh [12]; jeq #0x800, 0, 1; ret #262144; ret #0 */
	assert_string_equal(filter, "KAAAAAwAAAAVAAABAAgAAAYAAAAAAAQABgAAAAAAAAA=");
	assert_null(expression_compile("port eighty", &problem));
	assert_non_null(strstr(problem, "'eighty'"));
	free(problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_place_has_a_description),
		cmocka_unit_test(old_generations_are_forgotten),
		cmocka_unit_test(a_line_has_what_happened_and_what_it_is),
		cmocka_unit_test(json_has_the_verdict_and_the_component),
		cmocka_unit_test(libpcap_reads_a_file_without_packets),
		cmocka_unit_test(tshark_reads_the_file),
		cmocka_unit_test(expressions_are_compiled_or_refused_in_the_words_of_libpcap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
