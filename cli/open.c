// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum exit_status open_object(const char *path, int *ret)
{
	*ret = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*ret >= 0)
		return EXIT_DONE;
	report_error("cannot open '%s': %s", path, strerror(errno));
	return EXIT_REFUSED;
}

/*
 * The only command of bpf(2) that is needed here; loading libbpf would cost more than the rest of the start.
 */
static int get_pinned(const char *path)
{
	union bpf_attr attributes = { .pathname = (uintptr_t)path };

	return syscall(SYS_bpf, BPF_OBJ_GET, &attributes, sizeof(attributes));
}

static enum exit_status open_pin(const char *path, struct descriptors *ret)
{
	int *longer = reallocarray(ret->items, ret->n_items + 1, sizeof(*longer));
	int fd = get_pinned(path);

	if (!longer)
		abort();
	ret->items = longer;
	if (fd >= 0) {
		longer[ret->n_items++] = fd;
		return EXIT_DONE;
	}
	report_error("cannot open the map pinned at '%s': %s", path, strerror(errno));
	return EXIT_REFUSED;
}

enum exit_status open_pins(const struct strings *maps, struct descriptors *ret)
{
	static const char prefix[] = "=pin:";
	enum exit_status status = EXIT_DONE;

	for (size_t i = 0; status == EXIT_DONE && i < maps->n_items; i++) {
		const char *from = strchrnul(maps->items[i], '=');

		if (!strncmp(from, prefix, strlen(prefix)) && from[strlen(prefix)] == '/')
			status = open_pin(from + strlen(prefix), ret);
	}
	return status;
}
