// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/libxdp/programs.h"

#include "base/cleanup.h"
#include "base/directory.h"
#include "daemon/kernel/info/holders.h"
#include "daemon/kernel/libxdp/lock.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool is_same_place(const char *path, const struct stat *wanted)
{
	struct stat found;

	return stat(path, &found) == 0 && found.st_dev == wanted->st_dev &&
	       found.st_ino == wanted->st_ino;
}

/* Finds the same directory on a mount that is writable; false: there is none. */
static bool find_writable(const struct bpffs_mounts *mounts, const char *path,
			  char ret[static PATH_MAX])
{
	struct stat wanted;

	if (stat(path, &wanted) < 0)
		return false;
	for (size_t i = 0; i < mounts->n * mounts->n; i++) {
		const char *from = mounts->paths[i / mounts->n], *to = mounts->paths[i % mounts->n];
		size_t length = strlen(from);

		if (!strncmp(path, from, length) &&
		    snprintf(ret, PATH_MAX, "%s%s", to, path + length) < PATH_MAX &&
		    is_same_place(ret, &wanted) && access(ret, W_OK) == 0)
			return true;
	}
	return false;
}

/*
 * The directory is usually below /sys/fs/bpf, but LIBXDP_BPFFS may name another bpffs. The same bpffs may be
 * mounted twice, as in the sandbox of our unit, with only one mount writable; and its `xdp` may be
 * iproute2's symbolic link to /sys/fs/bpf/tc, which leads from one mount to the other (lib/bpf_legacy.c,
 * bpf_gen_slave()).
 */
static bool find_directory(unsigned int ifindex, uint32_t dispatcher_id, char ret[static PATH_MAX])
{
	cleanup(freep) struct bpffs_mounts *mounts = malloc(sizeof(*mounts));
	char name[PATH_MAX], path[PATH_MAX];

	if (!mounts)
		return false;
	bpffs_mounts_read(mounts);
	for (size_t i = 0; i < mounts->n; i++) {
		if (snprintf(name, sizeof(name), "%s/xdp/dispatch-%u-%u", mounts->paths[i], ifindex,
			     dispatcher_id) >= PATH_MAX ||
		    !realpath(name, path))
			continue;
		if (!find_writable(mounts, path, ret))
			strcpy(ret, path);
		return true;
	}
	return false;
}

static int open_program(const char *directory, size_t number, int *ret_fd,
			struct prog_info *ret_info)
{
	cleanup(freep) char *path = NULL;
	cleanup(closep) int fd = -1;
	int result;

	if (asprintf(&path, "%s/prog%zu-prog", directory, number) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = bpf_obj_get(path);
	if (fd < 0)
		return -errno;
	result = prog_info_read(fd, ret_info);
	if (result == 0)
		*ret_fd = steal_fd(&fd);
	return result;
}

int libxdp_programs_open(const struct libxdp_config *config, unsigned int ifindex,
			 uint32_t dispatcher_id, struct libxdp_programs *ret, struct error *error)
{
	int result = 0;

	ret->n = 0;
	ret->lock_fd = -1;
	if (!find_directory(ifindex, dispatcher_id, ret->directory))
		return error_set(
			error, ERROR_UNSUPPORTED, -ENOENT,
			"the pins 'xdp/dispatch-%u-%u' of libxdp's dispatcher do not exist",
			ifindex, dispatcher_id);
	for (size_t i = 0; i < config->n_programs && result == 0; i++) {
		result = open_program(ret->directory, i, &ret->programs[i].fd,
				      &ret->programs[i].info);
		if (result == 0)
			ret->n++;
		else
			error_set(error, ERROR_UNSUPPORTED, result,
				  "cannot open '%s/prog%zu-prog': %s", ret->directory, i,
				  errno_name(result));
	}
	if (result < 0)
		libxdp_programs_done(ret);
	return result;
}

void libxdp_programs_done(struct libxdp_programs *programs)
{
	for (size_t i = 0; i < programs->n; i++)
		closep(&programs->programs[i].fd);
	programs->n = 0;
	closep(&programs->lock_fd);
}

/* Locks the parent directory, which has all dispatchers. */
static int lock(const char *directory, struct error *error)
{
	cleanup(freep) char *above = strndup(directory, strrchr(directory, '/') - directory);

	return above ? libxdp_lock(above, error) : error_memory(error);
}

int libxdp_programs_lock(struct libxdp_programs *programs, struct error *error)
{
	if (access(programs->directory, W_OK) < 0)
		return error_set(error, ERROR_UNSUPPORTED, -errno,
				 "cannot remove the pins of libxdp's dispatcher in '%s': %s",
				 programs->directory, errno_name(errno));
	programs->lock_fd = lock(programs->directory, error);
	return programs->lock_fd < 0 ? programs->lock_fd : 0;
}

void libxdp_programs_unpin(const struct libxdp_programs *programs)
{
	directory_remove(AT_FDCWD, programs->directory);
}

void libxdp_programs_unpin_stale(unsigned int ifindex, uint32_t dispatcher_id)
{
	char directory[PATH_MAX];
	cleanup(closep) int lock_fd = -1;

	if (!find_directory(ifindex, dispatcher_id, directory))
		return;
	lock_fd = lock(directory, NULL);
	if (lock_fd >= 0)
		directory_remove(AT_FDCWD, directory);
}
