// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/packets/packet-diff.h"

#include "base/cleanup.h"

#include <stdbool.h>
#include <string.h>

/* How many bytes are the same at the beginning of both. */
static size_t count_same(const unsigned char *one, const unsigned char *other, size_t limit)
{
	size_t count = 0;

	while (count < limit && one[count] == other[count])
		count++;
	return count;
}

/* How many bytes are the same at the end of both. */
static size_t count_same_back(const unsigned char *one, const unsigned char *other, size_t limit)
{
	size_t count = 0;

	while (count < limit && one[-1 - (long)count] == other[-1 - (long)count])
		count++;
	return count;
}

static int add(struct packet_diff *changes, const struct byte_change *change)
{
	struct byte_change *longer = reallocarray(changes->items, changes->n_items + 1,
						  sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	changes->items = longer;
	longer[changes->n_items++] = *change;
	return 0;
}

static int find_runs(const unsigned char *before, const unsigned char *after, size_t size,
		     struct packet_diff *changes)
{
	size_t place = count_same(before, after, size);
	int result = 0;

	while (result == 0 && place < size && changes->n_items <= PACKET_DIFF_MAX) {
		size_t length = 1;

		while (place + length < size && before[place + length] != after[place + length])
			length++;
		result = add(changes, &(const struct byte_change){ place, length, length,
								   before + place, after + place });
		place += length;
		place += count_same(before + place, after + place, size - place);
	}
	return result;
}

static int find_place(const unsigned char *before, size_t n_before, const unsigned char *after,
		      size_t n_after, struct packet_diff *changes)
{
	size_t shorter = n_before < n_after ? n_before : n_after;
	size_t head = count_same(before, after, shorter);
	size_t tail = count_same_back(before + n_before, after + n_after, shorter - head);

	return add(changes,
		   &(const struct byte_change){ head, n_before - head - tail, n_after - head - tail,
						before + head, after + head });
}

static int copy_bytes(struct packet_diff *changes)
{
	size_t size = 0;
	unsigned char *next;

	for (size_t i = 0; i < changes->n_items; i++)
		size += changes->items[i].n_before + changes->items[i].n_after;
	next = changes->copies = malloc(size + 1);
	if (!next)
		return -ENOMEM;
	for (size_t i = 0; i < changes->n_items; i++) {
		struct byte_change *change = &changes->items[i];

		change->before = memcpy(next, change->before, change->n_before);
		next += change->n_before;
		change->after = memcpy(next, change->after, change->n_after);
		next += change->n_after;
	}
	return 0;
}

int packet_diff_find(const unsigned char *before, size_t n_before, const unsigned char *after,
		     size_t n_after, struct packet_diff *ret)
{
	struct packet_diff changes = {};
	bool as_one = n_before != n_after;
	int result = as_one ? 0 : find_runs(before, after, n_before, &changes);

	if (changes.n_items > PACKET_DIFF_MAX) {
		changes.n_items = 0;
		as_one = true;
	}
	if (result == 0 && as_one)
		result = find_place(before, n_before, after, n_after, &changes);
	if (result == 0 && changes.n_items)
		result = copy_bytes(&changes);
	if (result < 0)
		packet_diff_done(&changes);
	else
		*ret = changes;
	return result;
}

void packet_diff_done(struct packet_diff *changes)
{
	free(changes->items);
	free(changes->copies);
	*changes = (struct packet_diff){};
}
