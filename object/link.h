// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "object/object.h"

#include <stddef.h>

/*
 * The object linked with the libraries; it keeps the object's name. Free with object_done(). A child process
 * without privileges checks them, as with static_link_check(), and links them, because libbpf's static linker
 * is not made for untrusted files. Errors: BadObject with libbpf's messages in the detail.
 */
int link_libraries(const struct object *object, size_t n_libraries, const struct object *libraries,
		   struct object *ret, struct error *error);
