// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "ipc/interface.h"

#include <jansson.h>

/*
 * Chain files of a directory that could not be applied when the directory was last read. The client that reads it reports
 * them, so that everybody can see them; the daemon reads no chain file. They are not kept on disk, because the directory is
 * read at each start.
 */
struct refused_files {
	size_t n_items;
	struct refused_file {
		char *directory;
		char *file;  /* path */
		char *owner; /* of what the file describes */
		char *why;   /* one sentence */
	} * items;
};

/* Frees the contents. */
void refused_files_done(struct refused_files *files);

/*
 * Replaces the files of that directory by those of the list, of struct refused_file_request, and takes their strings. Errors:
 * LimitExceeded if there are too many, in all directories; then nothing changes.
 */
int refused_files_report(struct refused_files *files, const char *directory, struct list *list,
			 struct error *error);

/* Encodes the files of that owner, or for NULL all of them, as Status has them; NULL: there are none. */
json_t *refused_files_encode(const struct refused_files *files, const char *owner);
