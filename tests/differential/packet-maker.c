// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "tests/differential/packet-maker.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct building {
	struct packet *packet;
	uint64_t *state;
};

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators". */
uint32_t chance(uint64_t *state, uint32_t limit)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return ((*state * 0x2545f4914f6cdd1dULL) >> 33) % limit;
}

static uint32_t pick(struct building *building, const uint32_t *values, size_t n)
{
	return values[chance(building->state, n)];
}

#define PICK(building, values) pick(building, values, array_size(values))

static void add(struct building *building, const void *bytes, size_t size)
{
	struct packet *packet = building->packet;

	if (size > sizeof(packet->bytes) - packet->length)
		size = sizeof(packet->bytes) - packet->length;
	memcpy(packet->bytes + packet->length, bytes, size);
	packet->length += size;
}

/* A number in network byte order. */
static void put(struct building *building, size_t size, uint32_t value)
{
	unsigned char bytes[4];

	for (size_t i = 0; i < size; i++)
		bytes[i] = value >> 8 * (size - 1 - i);
	add(building, bytes, size);
}

static void put_random(struct building *building, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put(building, 1, chance(building->state, 256));
}

static const uint32_t ports[] = { 80, 443, 53, 22, 1234, 1000, 2000, 67, 8080, 9000, 6081, 65535 };

static void put_ports(struct building *building)
{
	put(building, 2, PICK(building, ports));
	put(building, 2, PICK(building, ports));
}

static void put_payload(struct building *building)
{
	static const char get[] = "GET / HTTP/1.1\r\n";

	if (chance(building->state, 4) == 0)
		add(building, get, sizeof(get) - 1);
	else if (chance(building->state, 20) == 0)
		put_random(building, chance(building->state, PACKET_SIZE_MAX));
	else
		put_random(building, chance(building->state, 80));
}

static void put_tcp(struct building *building)
{
	static const uint32_t flags[] = { 2, 0x12, 0x10, 0x18, 1, 0x11, 4, 0x14, 0xff, 0 };
	uint32_t words = chance(building->state, 4) ? 5 : chance(building->state, 16);

	put_ports(building);
	put(building, 4, chance(building->state, INT32_MAX) * 2);
	put(building, 4, chance(building->state, 100));
	put(building, 1, words << 4);
	put(building, 1, PICK(building, flags));
	put_random(building, 6);
	for (uint32_t i = 5; i < words; i++)
		put_random(building, 4);
	put_payload(building);
}

static void put_udp(struct building *building)
{
	put_ports(building);
	put(building, 2, 8 + chance(building->state, 40));
	put(building, 2, 0);
	put_payload(building);
}

static void put_sctp(struct building *building)
{
	put_ports(building);
	put_random(building, 8);
}

static void put_icmp(struct building *building)
{
	static const uint32_t types[] = { 0, 3, 8, 11, 128, 129, 135, 136 };

	put(building, 1, PICK(building, types));
	put(building, 1, chance(building->state, 3));
	put_random(building, 6);
	put_payload(building);
}

static const struct {
	uint32_t number;
	void (*make)(struct building *building);
} transports[] = {
	{ 6, put_tcp },	    { 6, put_tcp },	 { 6, put_tcp },      { 17, put_udp },
	{ 17, put_udp },    { 1, put_icmp },	 { 58, put_icmp },    { 132, put_sctp },
	{ 2, put_payload }, { 47, put_payload }, { 51, put_payload }, { 112, put_payload },
};

static void put_ipv4_address(struct building *building)
{
	static const uint32_t addresses[] = { 0x0a000001, 0x0a000001, 0x0a000002, 0xc0a80107,
					      0xac100505, 0xe0000001, 0xffffffff, 0x08080808 };

	put(building, 4, PICK(building, addresses));
}

static void put_ipv4(struct building *building)
{
	static const uint32_t fragments[] = { 0, 0, 0, 0x4000, 0x2000, 0x2001, 0x00b9 };
	static const uint32_t ttls[] = { 64, 64, 1, 3, 128, 255 };
	uint32_t words = chance(building->state, 6) ? 5 : chance(building->state, 16);
	size_t transport = chance(building->state, array_size(transports));

	put(building, 1, 0x40 | words);
	put(building, 1, chance(building->state, 3) ? 0 : chance(building->state, 256));
	put(building, 2, 20 + chance(building->state, 120));
	put_random(building, 2);
	put(building, 2, PICK(building, fragments));
	put(building, 1, PICK(building, ttls));
	put(building, 1, transports[transport].number);
	put_random(building, 2);
	put_ipv4_address(building);
	put_ipv4_address(building);
	for (uint32_t i = 5; i < words; i++)
		put_random(building, 4);
	transports[transport].make(building);
}

static void put_ipv6_address(struct building *building)
{
	static const char *const texts[] = { "2001:db8::1", "2001:db8::2", "fe80::1", "ff02::1" };
	struct in6_addr address;

	inet_pton(AF_INET6, texts[chance(building->state, array_size(texts))], &address);
	add(building, &address, sizeof(address));
}

/* Headers that lead to others: hop by hop, fragment, destination options. */
static void put_ipv6(struct building *building)
{
	static const uint32_t extensions[] = { 0, 44, 60 };
	size_t transport = chance(building->state, array_size(transports));
	uint32_t extension = PICK(building, extensions);
	bool is_extended = chance(building->state, 4) == 0;

	put(building, 4, 0x60000000 | chance(building->state, 16) << 20);
	put(building, 2, chance(building->state, 100));
	put(building, 1, is_extended ? extension : transports[transport].number);
	put(building, 1, chance(building->state, 4));
	put_ipv6_address(building);
	put_ipv6_address(building);
	if (is_extended) {
		put(building, 1, transports[transport].number);
		put(building, 1, 0);
		put(building, 2, chance(building->state, 2) ? 0 : chance(building->state, 65536));
		put_random(building, 4);
	}
	transports[transport].make(building);
}

static void put_arp(struct building *building)
{
	put(building, 4, 0x00010800);
	put(building, 2, 0x0604);
	put(building, 2, 1 + chance(building->state, 3));
	for (size_t i = 0; i < 2; i++) {
		put_random(building, 6);
		put_ipv4_address(building);
	}
}

static void put_network(struct building *building, uint32_t type);

static void put_mpls(struct building *building)
{
	static const uint32_t labels[] = { 0, 2, 1000, 1024 };
	uint32_t n = 1 + chance(building->state, 3);

	for (uint32_t i = 1; i <= n; i++)
		put(building, 4,
		    PICK(building, labels) << 12 | (uint32_t)(i == n) << 8 |
			    chance(building->state, 256));
	put_network(building, chance(building->state, 2) ? 0x0800 : 0x86dd);
}

static void put_pppoe(struct building *building)
{
	bool is_ipv4 = chance(building->state, 2);

	put(building, 2, 0x1100);
	put(building, 2, 4 + chance(building->state, 3));
	put(building, 2, 40);
	put(building, 2, is_ipv4 ? 0x0021 : 0x0057);
	put_network(building, is_ipv4 ? 0x0800 : 0x86dd);
}

static const struct {
	uint32_t type;
	void (*make)(struct building *building);
} networks[] = {
	{ 0x0800, put_ipv4 }, { 0x86dd, put_ipv6 }, { 0x0806, put_arp },   { 0x8035, put_arp },
	{ 0x8847, put_mpls }, { 0x8848, put_mpls }, { 0x8863, put_pppoe }, { 0x8864, put_pppoe },
};

static void put_network(struct building *building, uint32_t type)
{
	for (size_t i = 0; i < array_size(networks); i++)
		if (networks[i].type == type) {
			networks[i].make(building);
			return;
		}
	put_payload(building);
}

static void put_address(struct building *building)
{
	static const unsigned char addresses[][6] = { { 2, 0, 0, 0, 0, 1 },
						      { 2, 0, 0, 0, 0, 2 },
						      { 255, 255, 255, 255, 255, 255 },
						      { 1, 0x80, 0xc2, 0, 0, 0 } };

	add(building, addresses[chance(building->state, array_size(addresses))], 6);
}

static void put_ethernet(struct building *building)
{
	static const uint32_t types[] = { 0x0800, 0x0800, 0x0800, 0x0800, 0x0800, 0x0800,
					  0x86dd, 0x86dd, 0x86dd, 0x0806, 0x8035, 0x8847,
					  0x8848, 0x8863, 0x8864, 0x88cc, 60,	  0x6003 };
	static const uint32_t tags[] = { 0x8100, 0x88a8, 0x9100 };
	static const uint32_t vlans[] = { 100, 200, 0x2064, 0 };
	uint32_t n_tags = chance(building->state, 4) ? 0 : 1 + chance(building->state, 2);
	uint32_t type = PICK(building, types);

	put_address(building);
	put_address(building);
	for (uint32_t i = 0; i < n_tags; i++) {
		put(building, 2, PICK(building, tags));
		put(building, 2, PICK(building, vlans));
	}
	put(building, 2, type);
	if (type == 60) /* the length of an LLC frame */
		put(building, 3, chance(building->state, 2) ? 0x424203 : 0xfefe03);
	put_network(building, type);
}

/* Damages some packets. */
static void damage(struct building *building)
{
	struct packet *packet = building->packet;
	uint32_t kind = chance(building->state, 16);

	if (kind < 2)
		packet->length = chance(building->state, packet->length) + 1;
	else if (kind < 4)
		for (uint32_t i = 1 + chance(building->state, 4); i > 0; i--)
			packet->bytes[chance(building->state, packet->length)] =
				chance(building->state, 256);
}

void packet_make(struct packet *ret, uint64_t *state)
{
	struct building building = { ret, state };

	ret->length = 0;
	if (chance(state, 20) == 0)
		put_random(&building, chance(state, 200));
	else
		put_ethernet(&building);
	if (ret->length > 0)
		damage(&building);
	while (ret->length < PACKET_SIZE_MIN)
		put_random(&building, 1);
}
