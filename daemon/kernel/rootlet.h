#pragma once

#include "base/node.h"
#include "daemon/kernel/component.h"

#include <stdint.h>

/* The program that is attached to a device and runs its chain, with its counters. */
struct rootlet {
	struct node node;
	int fd;
	uint32_t id;
	uint32_t verified; /* instructions the verifier followed; 0: not known */
	int counters_fd;
	size_t n_rows; /* one a component, and one for the end of the chain */
	bool frags;
};

/*
 * Makes a node of a loaded program and its counter map, taking both fds, also on failure. It
 * holds `needs`: the components whose instructions it contains.
 */
int rootlet_new(int fd, int counters_fd, size_t n_rows, bool frags, size_t n_needs,
		struct node *const *needs, struct rootlet **ret, struct error *error);

/* Takes its node's hold away; NULL is fine. */
void rootlet_release(struct rootlet **rootlet);
