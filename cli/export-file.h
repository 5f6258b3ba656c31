// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/terminal.h"
#include "cli/verb.h"

/* The chain file that export writes; its paths are relative to it. */
struct export_file {
	int directory; /* of the file; -1: stdout */
	char *name;    /* in that directory; NULL: stdout */
	char *place;   /* the path of its directory */
};

/*
 * `path` is that of the file; NULL or "-": stdout, which may be a file. If stdout is not a file, paths are
 * relative to the working directory.
 */
enum exit_status export_file_open(struct export_file *file, const char *path);
void export_file_close(struct export_file *file);

/* The path of `name` in `directory` as the file should have it; NULL: out of memory. */
char *export_file_path(const struct export_file *file, const char *directory, const char *name);

/* Writes the file completely, or not at all. */
enum exit_status export_file_write(const struct export_file *file, const json_t *chains,
				   size_t flags);

/*
 * The relative path from one directory to another, both absolute and without links; "." if they are the same.
 */
char *relative_path(const char *from, const char *to);
