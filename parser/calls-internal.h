// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct parcel;

/*
 * What is needed to send the entries of a map. If `is_btf` is set, the descriptor is not one of a map but of
 * types.
 */
struct map_shape {
	bool is_btf;
	uint32_t type;
	uint32_t key_size;
	uint32_t value_size;
};

/* The shape of the map that the descriptor represents; NULL: it represents nothing. */
struct map_shape *calls_shape(int fd);

/* Sends the call and waits for the reply, whose result it returns: 0, a handle, or a negative errno. */
int calls_make(const struct parcel *call, struct parcel *reply);

/* Is the program that is being loaded the one to attach? */
bool calls_is_chosen(void);
