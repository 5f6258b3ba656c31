// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "cli/record/ring-file.h"

#include <stddef.h>

/*
 * Reads the file of a recorder, while the recorder writes or after it has ended, however it ended. Nothing in
 * the file is trusted.
 */

/* What is in the ring; the visitor knows the kind. */
struct ring_item {
	enum ring_kind kind;
	union {
		struct ring_packet packet;
		struct ring_lost lost;
		struct ring_gap gap;
	};
	const char
		*rest; /* the packet's bytes, the chain's JSON, the gap's reason; not terminated */
	size_t n_rest; /* of a packet: `captured` */
};

/*
 * Reads and checks the header; its texts end with a NUL byte. The descriptor stays the caller's. Errors:
 * BadState; `path` names the file.
 */
int ring_read_header(int fd, const char *path, struct ring_header *ret, struct error *error);

/*
 * Visits everything in the ring, oldest first. Damaged entries end their segment, and segments that are
 * overwritten meanwhile are skipped. Errors: BadState if the file cannot be read.
 */
typedef void (*ring_visit)(void *userdata, const struct ring_item *item);
int ring_read(int fd, const char *path, const struct ring_header *header, ring_visit visit,
	      void *userdata, struct error *error);
