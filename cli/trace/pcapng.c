// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/trace/pcapng.h"

#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

enum block_type {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 6,
};

/* Codes of options; those other than the first two depend on the type of the block. */
enum option_code {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	SECTION_APPLICATION = 4,
	INTERFACE_NAME = 2,
	INTERFACE_DESCRIPTION = 3,
	INTERFACE_TIME_RESOLUTION = 9,
	INTERFACE_FILTER = 11,
	PACKET_FLAGS = 2,
	PACKET_HASH = 3,
	PACKET_DROPPED = 4,
	PACKET_NUMBER = 5,
	PACKET_QUEUE = 6,
	PACKET_VERDICT = 7,
	STATISTICS_RECEIVED = 4,
	STATISTICS_DROPPED = 5,
};

#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define LINK_ETHERNET	 1
#define NANOSECONDS	 9 /* a power of ten */
#define HASH_CRC32	 2
#define VERDICT_XDP	 2

/* The direction and the kind of address in the flags of a packet. */
#define FLAG_INBOUND   0x1
#define FLAG_UNICAST   0x4
#define FLAG_MULTICAST 0x8
#define FLAG_BROADCAST 0xc

struct pcapng_block {
	unsigned char *bytes;
	size_t size;
	size_t room;
};

static void put(struct pcapng *pcapng, const void *bytes, size_t size)
{
	struct pcapng_block *block = pcapng->block;

	if (size > block->room - block->size) {
		block->room = (block->size + size) * 2;
		block->bytes = realloc(block->bytes, block->room);
		if (!block->bytes)
			abort(); /* a short-lived program */
	}
	if (size > 0)
		memcpy(block->bytes + block->size, bytes, size);
	block->size += size;
}

static void put16(struct pcapng *pcapng, uint16_t value)
{
	put(pcapng, &value, sizeof(value));
}

static void put32(struct pcapng *pcapng, uint32_t value)
{
	put(pcapng, &value, sizeof(value));
}

/* A time: the upper half comes first in every byte order. */
static void put_time(struct pcapng *pcapng, uint64_t time)
{
	put32(pcapng, time >> 32);
	put32(pcapng, (uint32_t)time);
}

static void put_padding(struct pcapng *pcapng, size_t size)
{
	put(pcapng, "\0\0\0", -size % 4);
}

static void put_option(struct pcapng *pcapng, enum option_code code, const void *bytes, size_t size)
{
	if (size > UINT16_MAX)
		size = UINT16_MAX;
	put16(pcapng, code);
	put16(pcapng, size);
	put(pcapng, bytes, size);
	put_padding(pcapng, size);
}

static void put_text(struct pcapng *pcapng, enum option_code code, const char *text)
{
	if (text)
		put_option(pcapng, code, text, strlen(text));
}

static void begin_block(struct pcapng *pcapng, enum block_type type)
{
	pcapng->block->size = 0;
	put32(pcapng, type);
	put32(pcapng, 0); /* the size, which is known at the end */
}

static void end_block(struct pcapng *pcapng)
{
	struct pcapng_block *block = pcapng->block;
	uint32_t size;

	put32(pcapng, OPTION_END);
	size = block->size + sizeof(size);
	put32(pcapng, size);
	memcpy(block->bytes + 4, &size, sizeof(size));
	fwrite(block->bytes, 1, block->size, pcapng->file);
}

void pcapng_init(struct pcapng *ret, FILE *file, const char *application, const char *comment)
{
	static const uint64_t unknown_size = UINT64_MAX;

	*ret = (struct pcapng){ .file = file, .block = calloc(1, sizeof(*ret->block)) };
	if (!ret->block)
		abort();
	begin_block(ret, BLOCK_SECTION);
	put32(ret, BYTE_ORDER_MAGIC);
	put16(ret, 1); /* version 1.0 */
	put16(ret, 0);
	put(ret, &unknown_size, sizeof(unknown_size));
	put_text(ret, SECTION_APPLICATION, application);
	put_text(ret, OPTION_COMMENT, comment);
	end_block(ret);
}

void pcapng_done(struct pcapng *pcapng)
{
	if (pcapng->block)
		free(pcapng->block->bytes);
	free(pcapng->block);
	*pcapng = (struct pcapng){};
}

/* The option's first byte says that text follows. */
static void put_filter(struct pcapng *pcapng, const char *filter)
{
	size_t length = filter ? strlen(filter) : 0;
	cleanup(freep) char *option = filter ? calloc(1, length + 1) : NULL;

	if (!filter)
		return;
	if (!option)
		abort();
	memcpy(option + 1, filter, length);
	put_option(pcapng, INTERFACE_FILTER, option, length + 1);
}

uint32_t pcapng_add_interface(struct pcapng *pcapng, const char *name, const char *description,
			      const char *filter, uint32_t snaplen)
{
	static const unsigned char resolution = NANOSECONDS;

	begin_block(pcapng, BLOCK_INTERFACE);
	put16(pcapng, LINK_ETHERNET);
	put16(pcapng, 0);
	put32(pcapng, snaplen);
	put_text(pcapng, INTERFACE_NAME, name);
	put_text(pcapng, INTERFACE_DESCRIPTION, description);
	put_option(pcapng, INTERFACE_TIME_RESOLUTION, &resolution, sizeof(resolution));
	put_filter(pcapng, filter);
	end_block(pcapng);
	return pcapng->n_interfaces++;
}

static uint32_t flags_of(const struct pcapng_packet *packet)
{
	static const unsigned char broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	if (packet->captured < sizeof(broadcast))
		return FLAG_INBOUND;
	if (!memcmp(packet->bytes, broadcast, sizeof(broadcast)))
		return FLAG_INBOUND | FLAG_BROADCAST;
	return FLAG_INBOUND | (packet->bytes[0] & 1 ? FLAG_MULTICAST : FLAG_UNICAST);
}

/* CRC-32 of IEEE 802.3. */
static uint32_t checksum(const unsigned char *bytes, size_t size)
{
	uint32_t remainder = UINT32_MAX;

	for (size_t i = 0; i < size; i++) {
		remainder ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			remainder = remainder >> 1 ^ (remainder & 1 ? 0xedb88320 : 0);
	}
	return ~remainder;
}

/* The hash of a packet that is not in the file as a whole is not known. */
static void put_hash(struct pcapng *pcapng, const struct pcapng_packet *packet)
{
	uint32_t hash = checksum(packet->bytes, packet->captured);
	const unsigned char option[] = { HASH_CRC32, hash >> 24, hash >> 16, hash >> 8, hash };

	if (packet->captured == packet->length)
		put_option(pcapng, PACKET_HASH, option, sizeof(option));
}

static void put_verdict(struct pcapng *pcapng, int verdict)
{
	uint64_t action = (uint64_t)verdict;
	unsigned char option[1 + sizeof(action)] = { VERDICT_XDP };

	if (verdict < 0)
		return;
	memcpy(option + 1, &action, sizeof(action));
	put_option(pcapng, PACKET_VERDICT, option, sizeof(option));
}

void pcapng_add_packet(struct pcapng *pcapng, const struct pcapng_packet *packet)
{
	uint32_t flags = flags_of(packet);

	begin_block(pcapng, BLOCK_PACKET);
	put32(pcapng, packet->interface);
	put_time(pcapng, packet->time);
	put32(pcapng, packet->captured);
	put32(pcapng, packet->length);
	put(pcapng, packet->bytes, packet->captured);
	put_padding(pcapng, packet->captured);
	put_option(pcapng, PACKET_FLAGS, &flags, sizeof(flags));
	put_hash(pcapng, packet);
	if (packet->dropped)
		put_option(pcapng, PACKET_DROPPED, &packet->dropped, sizeof(packet->dropped));
	put_option(pcapng, PACKET_NUMBER, &packet->number, sizeof(packet->number));
	put_option(pcapng, PACKET_QUEUE, &packet->queue, sizeof(packet->queue));
	put_verdict(pcapng, packet->verdict);
	put_text(pcapng, OPTION_COMMENT, packet->comment);
	put_text(pcapng, OPTION_COMMENT, packet->remark);
	end_block(pcapng);
}

void pcapng_add_statistics(struct pcapng *pcapng, uint32_t interface, uint64_t time,
			   uint64_t n_received, uint64_t n_dropped, const char *comment)
{
	begin_block(pcapng, BLOCK_STATISTICS);
	put32(pcapng, interface);
	put_time(pcapng, time);
	put_text(pcapng, OPTION_COMMENT, comment);
	put_option(pcapng, STATISTICS_RECEIVED, &n_received, sizeof(n_received));
	put_option(pcapng, STATISTICS_DROPPED, &n_dropped, sizeof(n_dropped));
	end_block(pcapng);
}
