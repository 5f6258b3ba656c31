#pragma once

#include <stddef.h>

/* How the bytes of a packet changed. */
struct packet_diff {
	size_t n_items;
	struct byte_change {
		size_t offset; /* in what it was */
		size_t n_before, n_after;
		const unsigned char *before, *after; /* of the packets compared, or copies */
	} * items;
	unsigned char *copies;
};

/* More runs than that become one. */
#define PACKET_DIFF_MAX 64

/*
 * Of a packet that kept its length, the runs of bytes that differ; of another one, the one place where
 * bytes were put in, taken out, or replaced by more or fewer: between what is the same at both ends.
 * None: it is the same. The bytes are copied. -ENOMEM.
 */
int packet_diff_find(const unsigned char *before, size_t n_before, const unsigned char *after,
		     size_t n_after, struct packet_diff *ret);

/* Frees the contents. */
void packet_diff_done(struct packet_diff *changes);
