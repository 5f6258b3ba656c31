// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "object/object.h"

#include <stddef.h>

/* The descriptor of the result, which is an empty file, and those of the files, the object's first. */
struct link_fds {
	int result;
	int first_file;
};

/*
 * Links the objects, which static_link_check() has accepted, by libbpf's static linker: the first one becomes
 * the linked one. Errors: BadObject with libbpf's messages in the detail, OutOfMemory.
 */
int static_link(const struct link_fds *fds, size_t n_objects, const struct object *objects,
		struct error *error);
