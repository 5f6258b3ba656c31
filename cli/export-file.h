#pragma once

#include "cli/terminal.h"
#include "cli/verb.h"

/* Where a chain file goes, for the paths in it are relative to it. */
struct export_file {
	int directory; /* that it is in; -1: it goes to stdout */
	char *name;    /* in that directory; NULL: stdout */
	char *place;   /* the path of its directory */
};

/*
 * `path` is that of the file; NULL, or "-": stdout, which may be a file, too. If stdout is something else, the
 * file is taken to be in the working directory.
 */
enum exit_status export_file_open(struct export_file *file, const char *path);
void export_file_close(struct export_file *file);

/* The path of what is called `name` in `directory`, as it is to stand in the file; NULL: no memory. */
char *export_file_path(const struct export_file *file, const char *directory, const char *name);

/* Writes all of the file, or nothing. */
enum exit_status export_file_write(const struct export_file *file, const json_t *chains,
				   size_t flags);

/* The way from one directory to another, both absolute and without links; "." if they are the same. */
char *relative_path(const char *from, const char *to);
