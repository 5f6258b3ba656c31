// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/file.h"

#include <stddef.h>

/* A file in memory, and its name for errors. */
struct sandbox_file {
	const char *label;
	struct blob blob;
};

/*
 * Links the object (the first file) with its libraries (the others): the result is one object, or an error
 * (BadObject) that says why they do not fit together. This happens in a process of its own without
 * privileges, which ends afterwards. If it crashes, or uses too much time or memory, that is BadObject, too.
 * Free `*ret` with blob_done(). Takes some seconds at most.
 */
int sandbox_link(size_t n_files, const struct sandbox_file *files, struct blob *ret,
		 struct error *error);
