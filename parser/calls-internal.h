#pragma once

#include <stdbool.h>
#include <stdint.h>

struct parcel;

/* What is needed of a map to send its entries. The descriptor may also be one of types. */
struct map_shape {
	bool is_btf;
	uint32_t type;
	uint32_t key_size;
	uint32_t value_size;
};

/* Of the map that the descriptor represents; NULL: it represents nothing. */
struct map_shape *calls_shape(int fd);

/* Sends the call and waits for the reply, whose result it returns: 0, a handle, or a negative errno. */
int calls_make(const struct parcel *call, struct parcel *reply);

/* Is the program that is being loaded the one to attach? */
bool calls_is_chosen(void);
