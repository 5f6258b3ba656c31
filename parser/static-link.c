// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "parser/static-link.h"

#include "base/cleanup.h"
#include "object/libbpf-log.h"

#include <stdio.h>

#define PATH_SIZE 32

/* libbpf before 1.6 accepts only names of files; parser/files.c opens such a name as the descriptor. */
static const char *descriptor_path(int fd, char path[static PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "/proc/self/fd/%d", fd);
	return path;
}

static void linkerp(struct bpf_linker **linker)
{
	bpf_linker__free(*linker);
}

static int join(const struct link_fds *fds, size_t n_objects)
{
	cleanup(linkerp) struct bpf_linker *linker = NULL;
	char path[PATH_SIZE];
	int result = 0;

	linker = bpf_linker__new(descriptor_path(fds->result, path), NULL);
	if (!linker)
		return -errno;
	for (size_t i = 0; result == 0 && i < n_objects; i++)
		result = bpf_linker__add_file(
			linker, descriptor_path(fds->first_file + (int)i, path), NULL);
	return result < 0 ? result : bpf_linker__finalize(linker);
}

int static_link(const struct link_fds *fds, size_t n_objects, const struct object *objects,
		struct error *error)
{
	struct libbpf_log messages;
	int result;

	libbpf_log_begin(&messages);
	result = join(fds, n_objects);
	libbpf_log_end(&messages);
	if (result >= 0)
		return 0;
	if (result == -ENOMEM)
		return error_memory(error);
	error_set(error, ERROR_BAD_OBJECT, result, "libbpf cannot join %s and its libraries (%s)",
		  objects[0].label, errno_name(result));
	error_detail(error, messages.text);
	return result;
}
