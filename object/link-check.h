// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "object/object.h"

#include <stddef.h>

/*
 * Libraries: objects that define functions which a component calls and does not define itself. libbpf's
 * static linker makes one object of them, before the kernel sees any: object/link.h.
 */

/*
 * Is every function, map and variable that the object and the libraries use, and the kernel does not provide,
 * defined exactly once, and do all of them have the same license? If not, BadObject names the symbol or the
 * license, and the files.
 */
int static_link_check(const struct object *object, size_t n_libraries,
		      const struct object *libraries, struct error *error);
