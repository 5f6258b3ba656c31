#pragma once

#include "ipc/interface.h"

/*
 * What xdpctl says about an object, declared as the daemon's replies are; but no daemon is asked,
 * so that it is no part of the Varlink interface.
 */
struct inspect_request {
	int object;
	struct descriptors libraries;
	char *program;
	char *btf;
	char *policy;
	char *slot;
};

extern const struct method inspect_method;

/* The types in it; the list ends with NULL. */
extern const struct type *const inspect_types[];
