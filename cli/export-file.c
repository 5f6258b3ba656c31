// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/export-file.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/printable.h"
#include "cli/or-abort.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The length of the common part of both paths, in whole components and without the slash after it. */
static size_t common_length(const char *from, const char *to)
{
	size_t end = 0;

	for (size_t i = 0;; i++) {
		bool from_ends = !from[i] || from[i] == '/', to_ends = !to[i] || to[i] == '/';

		if (from_ends && to_ends)
			end = i;
		if (!from[i] || !to[i] || from[i] != to[i])
			return end;
	}
}

char *relative_path(const char *from, const char *to)
{
	size_t length = common_length(from, to), size;
	char *path = NULL;
	FILE *text = or_abort(open_memstream(&path, &size));
	const char *separator = "";

	for (const char *rest = from + length; *rest; rest++) {
		if (*rest != '/' || !rest[1])
			continue;
		fprintf(text, "%s..", separator);
		separator = "/";
	}
	to += length + (to[length] == '/');
	if (*to)
		fprintf(text, "%s%s", separator, to);
	fflush(text);
	if (size == 0)
		fputc('.', text);
	fclose(text);
	return or_abort(path);
}

/* The path of the file that stdout is; NULL if it is not a file or has no path. */
static char *find_stdout(void)
{
	struct stat own, named;
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/fd/1", path, sizeof(path) - 1);

	if (length < 0)
		return NULL;
	path[length] = '\0';
	if (fstat(STDOUT_FILENO, &own) < 0 || !S_ISREG(own.st_mode) || stat(path, &named) < 0 ||
	    own.st_dev != named.st_dev || own.st_ino != named.st_ino)
		return NULL;
	return or_abort(strdup(path));
}

/* "." for a path without a directory. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return or_abort(slash ? strndup(path, slash == path ? 1 : slash - path) : strdup("."));
}

static enum exit_status open_named(struct export_file *file, const char *path)
{
	const char *slash = strrchr(path, '/');

	file->place = directory_of(path);
	file->name = or_abort(strdup(slash ? slash + 1 : path));
	file->directory = open(file->place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->directory >= 0 && *file->name)
		return EXIT_DONE;
	report_error("cannot write '%s': %s", path, strerror(file->directory < 0 ? errno : EISDIR));
	return EXIT_REFUSED;
}

enum exit_status export_file_open(struct export_file *file, const char *path)
{
	cleanup(freep) char *written = NULL;

	*file = (struct export_file){ .directory = -1 };
	if (path && strcmp(path, "-") != 0)
		return open_named(file, path);
	written = find_stdout();
	file->place = directory_of(written ?: "x");
	return EXIT_DONE;
}

void export_file_close(struct export_file *file)
{
	closep(&file->directory);
	free(file->name);
	free(file->place);
}

char *export_file_path(const struct export_file *file, const char *directory, const char *name)
{
	cleanup(freep) char *from = realpath(file->place, NULL);
	cleanup(freep) char *to = realpath(directory, NULL);
	cleanup(freep) char *way = NULL;
	char *path = NULL;

	if (*directory != '/' && from && to)
		way = relative_path(from, to);
	if (way && !strcmp(way, "."))
		path = strdup(name);
	else if (asprintf(&path, "%s/%s", way ?: directory, name) < 0)
		path = NULL;
	return path;
}

enum exit_status export_file_write(const struct export_file *file, const json_t *chains,
				   size_t flags)
{
	cleanup(error_done) struct error error = {};
	cleanup(freep) char *text = NULL;
	cleanup(freep) char *safe = NULL;
	cleanup(freep) char *line = NULL;

	if (!file->name) {
		print_json(chains, flags);
		return EXIT_DONE;
	}
	text = json_dumps(chains, flags);
	safe = text ? printable_json(text) : NULL;
	if (!safe || asprintf(&line, "%s\n", safe) < 0)
		error_memory(&error);
	else if (file_replace(file->directory, file->name, line, strlen(line), &error) == 0)
		return EXIT_DONE;
	report_error("%s: %s", file->place, error.message ?: "out of memory");
	return EXIT_REFUSED;
}
