// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/trace/packet-text.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Nested headers that are followed; longer sequences are not printed to the end. */
#define TAGS_MAX       8
#define EXTENSIONS_MAX 8

/* The captured bytes from one header on. */
struct view {
	const unsigned char *bytes;
	size_t size;
	size_t length; /* bytes of the packet itself from here on, at least `size` */
};

/* What the network layer knows about the payload of an IP packet. */
struct payload {
	struct view view;
	const char *family; /* "IP" or "IP6" */
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
	uint8_t protocol;
	uint32_t fragment_offset; /* bytes */
	bool is_fragment;
};

static uint16_t get16(const struct view *view, size_t at)
{
	return (uint16_t)(view->bytes[at] << 8 | view->bytes[at + 1]);
}

static uint32_t get32(const struct view *view, size_t at)
{
	return (uint32_t)get16(view, at) << 16 | get16(view, at + 2);
}

/* The part after a header of that size. */
static struct view after(const struct view *view, size_t size)
{
	struct view rest = *view;

	rest.bytes += size < rest.size ? size : rest.size;
	rest.size -= size < rest.size ? size : rest.size;
	rest.length -= size < rest.length ? size : rest.length;
	return rest;
}

/* Ethernet pads short packets; the part that belongs to a packet of that length. */
static struct view cut(struct view view, size_t length)
{
	if (length < view.length)
		view.length = length;
	if (view.size > view.length)
		view.size = view.length;
	return view;
}

static void print_ends(FILE *file, const struct payload *payload)
{
	fprintf(file, "%s %s > %s: ", payload->family, payload->source, payload->destination);
}

static void print_ends_with_ports(FILE *file, const struct payload *payload)
{
	fprintf(file, "%s %s.%u > %s.%u: ", payload->family, payload->source,
		get16(&payload->view, 0), payload->destination, get16(&payload->view, 2));
}

static void print_flags(FILE *file, uint8_t flags)
{
	static const char letters[] = { 'F', 'S', 'R', 'P', '.', 'U', 'E', 'W' };

	fputs("Flags [", file);
	for (size_t i = 0; i < array_size(letters); i++)
		if (flags & 1 << i)
			fputc(letters[i], file);
	if (!flags)
		fputs("none", file);
	fputc(']', file);
}

static void print_tcp(FILE *file, const struct payload *payload)
{
	const struct view *view = &payload->view;
	size_t header;

	if (view->size < 4) {
		print_ends(file, payload);
		fputs("[|tcp]", file);
		return;
	}
	print_ends_with_ports(file, payload);
	if (view->size < 20) {
		fputs("[|tcp]", file);
		return;
	}
	print_flags(file, view->bytes[13]);
	fprintf(file, ", seq %" PRIu32, get32(view, 4));
	if (view->bytes[13] & 0x10)
		fprintf(file, ", ack %" PRIu32, get32(view, 8));
	header = view->bytes[12] / 16 * 4;
	fprintf(file, ", win %u", get16(view, 14));
	if (header < 20 || header > view->length)
		fprintf(file, ", bad header length %zu", header);
	else
		fprintf(file, ", length %zu", view->length - header);
}

static void print_udp(FILE *file, const struct payload *payload)
{
	const struct view *view = &payload->view;

	if (view->size < 4) {
		print_ends(file, payload);
		fputs("[|udp]", file);
		return;
	}
	print_ends_with_ports(file, payload);
	if (view->size < 6)
		fputs("[|udp]", file);
	else if (get16(view, 4) < 8)
		fprintf(file, "UDP, bad length %u", get16(view, 4));
	else
		fprintf(file, "UDP, length %u", get16(view, 4) - 8);
}

static void print_sctp(FILE *file, const struct payload *payload)
{
	if (payload->view.size < 4)
		print_ends(file, payload);
	else
		print_ends_with_ports(file, payload);
	fprintf(file, payload->view.size < 12 ? "[|sctp]" : "SCTP, length %zu",
		payload->view.length);
}

struct icmp_type {
	uint8_t type;
	bool has_number; /* an identifier and a sequence number */
	const char *name;
};

static const struct icmp_type icmp_types[] = {
	{ 0, true, "echo reply" },	{ 3, false, "unreachable" },
	{ 5, false, "redirect" },	{ 8, true, "echo request" },
	{ 11, false, "time exceeded" }, { 12, false, "parameter problem" },
};

static const struct icmp_type icmp6_types[] = {
	{ 1, false, "destination unreachable" }, { 2, false, "packet too big" },
	{ 3, false, "time exceeded" },		 { 4, false, "parameter problem" },
	{ 128, true, "echo request" },		 { 129, true, "echo reply" },
	{ 133, false, "router solicitation" },	 { 134, false, "router advertisement" },
	{ 135, false, "neighbor solicitation" }, { 136, false, "neighbor advertisement" },
};

static const struct icmp_type *find_icmp_type(const struct icmp_type *types, size_t n, uint8_t type)
{
	for (size_t i = 0; i < n; i++)
		if (types[i].type == type)
			return &types[i];
	return NULL;
}

static void print_icmp_of(FILE *file, const struct payload *payload, const char *name,
			  const struct icmp_type *types, size_t n)
{
	const struct view *view = &payload->view;
	const struct icmp_type *type;

	print_ends(file, payload);
	if (view->size < 8) {
		fprintf(file, "[|%s]", view->size ? name : "icmp");
		return;
	}
	type = find_icmp_type(types, n, view->bytes[0]);
	fputs(name, file);
	if (type)
		fprintf(file, " %s", type->name);
	else
		fprintf(file, " type %u", view->bytes[0]);
	if (type && type->has_number)
		fprintf(file, ", id %u, seq %u", get16(view, 4), get16(view, 6));
	else if (view->bytes[1])
		fprintf(file, ", code %u", view->bytes[1]);
	fprintf(file, ", length %zu", view->length);
}

static void print_icmp(FILE *file, const struct payload *payload)
{
	print_icmp_of(file, payload, "ICMP", icmp_types, array_size(icmp_types));
}

static void print_icmp6(FILE *file, const struct payload *payload)
{
	print_icmp_of(file, payload, "ICMP6,", icmp6_types, array_size(icmp6_types));
}

static const struct {
	uint8_t number;
	const char *name;
	void (*print)(FILE *file, const struct payload *payload); /* NULL: its length */
} protocols[] = {
	{ IPPROTO_ICMP, "ICMP", print_icmp }, { IPPROTO_TCP, "TCP", print_tcp },
	{ IPPROTO_UDP, "UDP", print_udp },    { IPPROTO_ICMPV6, "ICMP6", print_icmp6 },
	{ IPPROTO_SCTP, "SCTP", print_sctp }, { IPPROTO_IGMP, "IGMP", NULL },
	{ IPPROTO_IPIP, "IPIP", NULL },	      { IPPROTO_IPV6, "IPv6", NULL },
	{ IPPROTO_GRE, "GRE", NULL },	      { IPPROTO_ESP, "ESP", NULL },
	{ IPPROTO_AH, "AH", NULL },
};

static void print_protocol_name(FILE *file, uint8_t protocol)
{
	for (size_t i = 0; i < array_size(protocols); i++)
		if (protocols[i].number == protocol) {
			fputs(protocols[i].name, file);
			return;
		}
	fprintf(file, "ip-proto-%u", protocol);
}

/* Only the first fragment has the header of the protocol. */
static void print_payload(FILE *file, const struct payload *payload)
{
	for (size_t i = 0; i < array_size(protocols); i++) {
		if (protocols[i].number != payload->protocol || !protocols[i].print ||
		    payload->fragment_offset)
			continue;
		protocols[i].print(file, payload);
		if (payload->is_fragment)
			fputs(", first fragment", file);
		return;
	}
	print_ends(file, payload);
	print_protocol_name(file, payload->protocol);
	if (payload->is_fragment)
		fprintf(file, " fragment, offset %" PRIu32, payload->fragment_offset);
	fprintf(file, ", length %zu", payload->view.length);
}

static void print_ipv4(FILE *file, struct view view)
{
	struct payload payload = { .family = "IP" };
	size_t header = view.size ? (view.bytes[0] & 0xf) * 4 : 0;
	uint16_t fragment;

	if (view.size < 20) {
		fputs("IP [|ip]", file);
		return;
	}
	if (view.bytes[0] >> 4 != 4 || header < 20) {
		fprintf(file, "IP with a bad header (%#x)", view.bytes[0]);
		return;
	}
	inet_ntop(AF_INET, view.bytes + 12, payload.source, sizeof(payload.source));
	inet_ntop(AF_INET, view.bytes + 16, payload.destination, sizeof(payload.destination));
	fragment = get16(&view, 6);
	payload.protocol = view.bytes[9];
	payload.fragment_offset = (fragment & 0x1fff) * 8;
	payload.is_fragment = fragment & 0x3fff;
	/* Senders with segmentation offload leave 0. */
	payload.view = after(&view, header);
	if (get16(&view, 2) >= header)
		payload.view = cut(payload.view, get16(&view, 2) - header);
	print_payload(file, &payload);
}

/* Skips an extension header; false: it is none, or not captured. */
static bool skip_extension(struct payload *payload)
{
	struct view *view = &payload->view;
	size_t size = 8;

	switch (payload->protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		if (view->size >= 2)
			size = (view->bytes[1] + 1) * 8;
		break;
	case IPPROTO_FRAGMENT:
		if (view->size < 8 || payload->fragment_offset)
			return false;
		payload->fragment_offset = get16(view, 2) & 0xfff8;
		payload->is_fragment = get16(view, 2) & 0xfff9;
		break;
	default:
		return false;
	}
	if (view->size < size)
		return false;
	payload->protocol = view->bytes[0];
	*view = after(view, size);
	return true;
}

static void print_ipv6(FILE *file, struct view view)
{
	struct payload payload = { .family = "IP6" };

	if (view.size < 40) {
		fputs("IP6 [|ip6]", file);
		return;
	}
	if (view.bytes[0] >> 4 != 6) {
		fprintf(file, "IP6 with a bad header (%#x)", view.bytes[0]);
		return;
	}
	inet_ntop(AF_INET6, view.bytes + 8, payload.source, sizeof(payload.source));
	inet_ntop(AF_INET6, view.bytes + 24, payload.destination, sizeof(payload.destination));
	payload.protocol = view.bytes[6];
	payload.view = after(&view, 40);
	if (get16(&view, 4) > 0) /* 0: a jumbogram */
		payload.view = cut(payload.view, get16(&view, 4));
	for (int i = 0; i < EXTENSIONS_MAX && !payload.fragment_offset; i++)
		if (!skip_extension(&payload))
			break;
	print_payload(file, &payload);
}

static void print_mac(FILE *file, const unsigned char *bytes)
{
	for (int i = 0; i < 6; i++)
		fprintf(file, "%s%02x", i ? ":" : "", bytes[i]);
}

static void print_arp_address(FILE *file, const unsigned char *bytes)
{
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, bytes, text, sizeof(text));
	fputs(text, file);
}

static void print_arp(FILE *file, struct view view)
{
	uint16_t operation;

	if (view.size < 28) {
		fputs("ARP, [|arp]", file);
		return;
	}
	operation = get16(&view, 6);
	if (get32(&view, 0) != 0x00010800 || get16(&view, 4) != 0x0604 || operation < 1 ||
	    operation > 2) {
		fprintf(file, "ARP, operation %u, length %zu", operation, view.length);
		return;
	}
	if (operation == 1) {
		fputs("ARP, Request who-has ", file);
		print_arp_address(file, view.bytes + 24);
		fputs(" tell ", file);
		print_arp_address(file, view.bytes + 14);
	} else {
		fputs("ARP, Reply ", file);
		print_arp_address(file, view.bytes + 14);
		fputs(" is-at ", file);
		print_mac(file, view.bytes + 8);
	}
	fprintf(file, ", length %zu", view.length);
}

static const struct {
	uint16_t type;
	void (*print)(FILE *file, struct view view);
} networks[] = {
	{ 0x0800, print_ipv4 },
	{ 0x86dd, print_ipv6 },
	{ 0x0806, print_arp },
};

static bool is_vlan(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

/* Prints the tags; the view is at the type of the first one before, and at that of the payload after. */
static void print_tags(FILE *file, struct view *view)
{
	for (int i = 0; i < TAGS_MAX && view->size >= 6 && is_vlan(get16(view, 0)); i++) {
		fprintf(file, "vlan %u, ", get16(view, 2) & 0xfff);
		*view = after(view, 4);
	}
}

/* Up to 1500 it is not a type but a length. */
static void print_other(FILE *file, const unsigned char *addresses, uint16_t type, size_t length)
{
	print_mac(file, addresses + 6);
	fputs(" > ", file);
	print_mac(file, addresses);
	if (type <= 1500)
		fprintf(file, ", 802.3, length %zu", length);
	else
		fprintf(file, ", ethertype %#06x, length %zu", type, length);
}

void packet_text(FILE *file, const unsigned char *bytes, size_t captured, size_t length)
{
	struct view all = { bytes, captured, length > captured ? length : captured };
	struct view view = after(&all, 12);
	uint16_t type;

	if (view.size < 2) {
		fputs("[|ether]", file);
		return;
	}
	print_tags(file, &view);
	if (view.size < 2) {
		fputs("[|vlan]", file);
		return;
	}
	type = get16(&view, 0);
	view = after(&view, 2);
	for (size_t i = 0; i < array_size(networks); i++)
		if (networks[i].type == type) {
			networks[i].print(file, view);
			return;
		}
	print_other(file, bytes, type, view.length);
}
