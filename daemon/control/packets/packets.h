// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/file.h"

#include <stdint.h>

/* Captured frames. */
struct packets {
	struct blob blob;
	size_t n_items;
	struct packet {
		const unsigned char *bytes; /* in the blob */
		size_t size;
		/* More than `size` if the capture has only the beginning of the packet. */
		size_t original;
	} * items;
};

/*
 * Each packet follows two 32-bit numbers, little-endian: the number of its bytes here, and on the wire.
 */
#define PACKETS_HEAD_SIZE 8

/*
 * Parses at most `n_max` packets. Takes the blob, also on failure. Errors: InvalidArgument for damaged
 * packets; LimitExceeded.
 */
int packets_parse(struct blob *blob, size_t n_max, struct packets *ret, struct error *error);

/* Frees the contents. */
void packets_done(struct packets *packets);
