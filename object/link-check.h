#pragma once

#include "object/object.h"

#include <stddef.h>

/*
 * Libraries: objects with functions that a component calls and does not contain. libbpf's static
 * linker makes one object of them, before the kernel sees any: object/link.h.
 */

/*
 * Does every function, map and variable that the object and the libraries use, and that is none of
 * the kernel's, have one definition among them, and have they one license? BadObject says which has
 * not, and in which files.
 */
int static_link_check(const struct object *object, size_t n_libraries,
		      const struct object *libraries, struct error *error);
