// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/packets/packets.h"

#include "base/cleanup.h"

#include <endian.h>
#include <string.h>

static size_t read_number(const unsigned char *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return le32toh(number);
}

/* Reads the packet at that place of the blob; false: it is incomplete. */
static bool read_packet(const struct blob *blob, size_t place, struct packet *ret)
{
	const unsigned char *head = (const unsigned char *)blob->bytes + place;

	if (blob->size - place < PACKETS_HEAD_SIZE)
		return false;
	*ret = (struct packet){
		.bytes = head + PACKETS_HEAD_SIZE,
		.size = read_number(head),
		.original = read_number(head + sizeof(uint32_t)),
	};
	return ret->size <= blob->size - place - PACKETS_HEAD_SIZE && ret->original >= ret->size;
}

static int parse(struct packets *packets, size_t n_max, struct error *error)
{
	size_t place = 0;

	packets->items = calloc(packets->blob.size / PACKETS_HEAD_SIZE + 1,
				sizeof(*packets->items));
	if (!packets->items)
		return error_memory(error);
	while (place < packets->blob.size) {
		struct packet *packet = &packets->items[packets->n_items];

		if (!read_packet(&packets->blob, place, packet))
			return error_set(error, ERROR_INVALID_ARGUMENT, -EBADMSG,
					 "packets: no valid packet at byte %zu", place);
		if (++packets->n_items > n_max)
			return error_set(error, ERROR_LIMIT_EXCEEDED, -E2BIG,
					 "packets: more than %zu packets", n_max);
		place += PACKETS_HEAD_SIZE + packet->size;
	}
	return 0;
}

int packets_parse(struct blob *blob, size_t n_max, struct packets *ret, struct error *error)
{
	struct packets packets = { .blob = *blob };
	int result;

	*blob = (struct blob){};
	result = parse(&packets, n_max, error);
	if (result < 0)
		packets_done(&packets);
	else
		*ret = packets;
	return result;
}

void packets_done(struct packets *packets)
{
	blob_done(&packets->blob);
	free(packets->items);
	*packets = (struct packets){};
}
