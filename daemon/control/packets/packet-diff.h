// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stddef.h>

/* How the bytes of a packet changed. */
struct packet_diff {
	size_t n_items;
	struct byte_change {
		size_t offset; /* in the packet before */
		size_t n_before, n_after;
		/* These point into the packets, or to copies. */
		const unsigned char *before, *after;
	} * items;
	unsigned char *copies;
};

/* If there are more runs, they become one. */
#define PACKET_DIFF_MAX 64

/*
 * Compares two packets. If the length is the same, finds the runs of bytes that differ. Otherwise finds the
 * only place where bytes were inserted, removed or replaced: between the equal bytes at both ends. No run:
 * the packets are the same. The bytes are copied. -ENOMEM.
 */
int packet_diff_find(const unsigned char *before, size_t n_before, const unsigned char *after,
		     size_t n_after, struct packet_diff *ret);

/* Frees the contents. */
void packet_diff_done(struct packet_diff *changes);
