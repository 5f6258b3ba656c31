#pragma once

#include "object/object.h"

#include <stddef.h>

/*
 * Libraries: objects with functions that a component calls and does not contain. libbpf's static
 * linker makes one object of them (bpf_linker__add_file()), before the kernel sees any.
 */

/*
 * Does every function, map and variable that the object and the libraries use, and that is none of
 * the kernel's, have one definition among them, and have they one license? BadObject says which has
 * not, and in which files.
 */
int join_check(const struct object *object, size_t n_libraries, const struct object *libraries,
	       struct error *error);

/*
 * The object with the libraries in it, which is called as the object is; free with object_done().
 * They were checked. Errors: BadObject with libbpf's words in the detail.
 */
int join(const struct object *object, size_t n_libraries, const struct object *libraries,
	 struct object *ret, struct error *error);
