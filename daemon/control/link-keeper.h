#pragma once

#include <stdint.h>

/*
 * Somebody who holds the XDP links of devices, by their numbers, beyond the end of the process: a net
 * below the pins.
 */
struct link_keeper {
	void *userdata;
	int (*take)(void *userdata, uint64_t number);	       /* the fd, or -1: none was kept */
	void (*keep)(void *userdata, uint64_t number, int fd); /* the fd stays the caller's */
	void (*forget)(void *userdata, uint64_t number);
};
