#pragma once

#include "object/object.h"

#include <stddef.h>

/*
 * The object with the libraries in it, which is named as the object is; free with object_done(). A child
 * without privileges checks them, as with static_link_check(), and links them, because libbpf's static linker is
 * not made for files that nobody vouches for. Errors: BadObject with libbpf's messages in the detail.
 */
int link_libraries(const struct object *object, size_t n_libraries, const struct object *libraries,
		   struct object *ret, struct error *error);
