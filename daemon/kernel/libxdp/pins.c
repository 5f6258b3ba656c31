// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/libxdp/pins.h"

#include "base/cleanup.h"
#include "base/directory.h"
#include "daemon/kernel/bpffs/bpffs.h"
#include "daemon/kernel/libxdp/lock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct libxdp_pins {
	char *directory; /* libxdp's */
	struct pins *pins;
};

void libxdp_pins_keep(struct libxdp_pins **p)
{
	struct libxdp_pins *libxdp_pins = steal(*p);

	if (!libxdp_pins)
		return;
	pins_keep(&libxdp_pins->pins);
	free(libxdp_pins->directory);
	free(libxdp_pins);
}

/*
 * Finds the real path: iproute2 may have made `xdp` in the bpffs a symbolic link to its own directory there
 * (lib/bpf_legacy.c, bpf_gen_slave()), which goes by the name BPFFS. In the sandbox of our unit the bpffs is
 * read-only by that name, but writable by the one that we know.
 */
static int resolve(const char *directory, char **ret, struct error *error)
{
	cleanup(freep) char *real = realpath(directory, NULL);
	int length = strrchr(directory, '/') - directory;

	*ret = NULL;
	if (!real || strncmp(real, BPFFS "/", strlen(BPFFS "/")) != 0)
		*ret = strdup(directory);
	else if (asprintf(ret, "%.*s%s", length, directory, real + strlen(BPFFS)) < 0)
		*ret = NULL;
	return *ret ? 0 : error_memory(error);
}

int libxdp_pins_new(const char *directory, unsigned int ifindex, uint32_t rootlet_id,
		    struct libxdp_pins **ret, struct error *error)
{
	cleanup(libxdp_pins_keep) struct libxdp_pins *libxdp_pins = calloc(1, sizeof(*libxdp_pins));
	char name[40];
	int result;

	snprintf(name, sizeof(name), "dispatch-%u-%u", ifindex, rootlet_id);
	if (!libxdp_pins)
		return error_memory(error);
	result = resolve(directory, &libxdp_pins->directory, error);
	if (result == 0)
		result = pins_at(libxdp_pins->directory, name, &libxdp_pins->pins, error);
	if (result == 0)
		*ret = steal(libxdp_pins);
	return result;
}

static int visit_all(const struct libxdp_pins *libxdp_pins, size_t n, const int *program_fds,
		     const int *link_fds, pin_visit visit, void *userdata)
{
	int result = 0;

	for (size_t i = 0; result >= 0 && i < n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "prog%zu-link", i);
		result = visit(libxdp_pins->pins, name, link_fds[i], userdata);
		snprintf(name, sizeof(name), "prog%zu-prog", i);
		if (result >= 0)
			result = visit(libxdp_pins->pins, name, program_fds[i], userdata);
	}
	return result;
}

int libxdp_pins_visit(const struct libxdp_pins *libxdp_pins, size_t n, const int *program_fds,
		      const int *link_fds, pin_visit visit, void *userdata, struct error *error)
{
	cleanup(closep) int lock_fd = libxdp_lock(libxdp_pins->directory, error);

	return lock_fd < 0 ? lock_fd
			   : visit_all(libxdp_pins, n, program_fds, link_fds, visit, userdata);
}

static int make_pin(struct pins *pins, const char *name, int fd, void *userdata)
{
	return pins_repair(pins, name, fd, userdata);
}

int libxdp_pins_make(struct libxdp_pins *libxdp_pins, size_t n, const int *program_fds,
		     const int *link_fds, struct error *error)
{
	return libxdp_pins_visit(libxdp_pins, n, program_fds, link_fds, make_pin, error, error);
}

/* Removes the pins even if another process keeps the lock for too long: they would keep the rootlet alive. */
void libxdp_pins_drop(struct libxdp_pins **libxdp_pins)
{
	int lock_fd;

	if (!*libxdp_pins)
		return;
	lock_fd = libxdp_lock((*libxdp_pins)->directory, NULL);
	pins_drop(&(*libxdp_pins)->pins);
	closep(&lock_fd);
	libxdp_pins_keep(libxdp_pins);
}

static void remove_of_rootlet(int parent, const char *name, void *userdata)
{
	unsigned int ifindex;
	uint32_t rootlet_id;

	if (sscanf(name, "dispatch-%u-%u", &ifindex, &rootlet_id) == 2 &&
	    rootlet_id == *(const uint32_t *)userdata)
		directory_remove(parent, name);
}

void libxdp_pins_remove_stale(const char *directory, uint32_t rootlet_id)
{
	cleanup(freep) char *real = NULL;
	int lock_fd;

	if (access(directory, F_OK) < 0 || resolve(directory, &real, NULL) < 0)
		return;
	lock_fd = libxdp_lock(real, NULL);
	directory_each(AT_FDCWD, real, remove_of_rootlet, &rootlet_id);
	closep(&lock_fd);
}
