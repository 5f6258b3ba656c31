// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

/*
 * A directory with chain files. The file web.json in a directory chains.d describes what the owner chains.d/web has. So the
 * owners of a directory can be told from all others, also after a file was removed.
 */
struct chain_directory {
	char *path;   /* absolute */
	char *prefix; /* of the owners: "chains.d/" */
	size_t n_files;
	struct chain_file {
		char *path;
		char *owner;
	} * files; /* by name */
};

/*
 * Reads the names of the files NAME.json that are not hidden. A directory that does not exist has no files, and `*ret_missing`
 * is set. Errors: InvalidArgument with the path.
 */
int chain_directory_read(const char *path, struct chain_directory *ret, bool *ret_missing,
			 struct error *error);
void chain_directory_done(struct chain_directory *directory);

/*
 * The owners of the directory that have components or settings, according to a reply of Status, and no file any longer: a list of strings,
 * a new reference.
 */
json_t *chain_directory_find_removed(const struct chain_directory *directory, const json_t *status);
