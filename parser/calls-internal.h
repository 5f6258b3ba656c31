#pragma once

#include <stdbool.h>
#include <stdint.h>

struct parcel;

/* What has to be known of a map to send its entries; or it is of types. */
struct map_shape {
	bool is_btf;
	uint32_t type;
	uint32_t key_size;
	uint32_t value_size;
};

/* Of the map that the descriptor stands for; NULL: it stands for nothing. */
struct map_shape *calls_shape(int fd);

/* Makes the call, and waits for the reply, of which the result is read: 0, a handle, or a negative errno. */
int calls_make(const struct parcel *call, struct parcel *reply);

/* Is the program that is loaded now the one to be attached? */
bool calls_is_chosen(void);
