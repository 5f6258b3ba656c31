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
		size_t original; /* more: the capture has only the beginning */
	} * items;
};

/* Before each: two 32-bit numbers, little-endian, its bytes here, and those it had on the wire. */
#define PACKETS_HEAD_SIZE 8

/*
 * Takes the blob, also on failure, with so many packets at most. Errors: InvalidArgument for what is
 * damaged; LimitExceeded.
 */
int packets_parse(struct blob *blob, size_t n_max, struct packets *ret, struct error *error);

/* Frees the contents. */
void packets_done(struct packets *packets);
