#pragma once

#include "base/error.h"
#include "base/file.h"

#include <stddef.h>

/* A file in memory, and how errors name it. */
struct sandbox_file {
	const char *label;
	struct blob blob;
};

/*
 * Links the object, which is the first file, with its libraries, the others: one object of all of them,
 * or an error (BadObject) that says why they do not fit together. This happens in a process of its own,
 * which has no privileges and is gone afterwards. When it crashes, or takes too much time or memory, that
 * is BadObject, too. Free `*ret` with blob_done(). Takes some seconds at most.
 */
int sandbox_link(size_t n_files, const struct sandbox_file *files, struct blob *ret,
		 struct error *error);
