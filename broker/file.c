// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Calls that open files with information about the kernel. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/directory.h"
#include "broker/internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define KERNEL_TYPES "/sys/kernel/btf/"
#define SYMBOLS	     "/proc/kallsyms"

/*
 * Only files that every user may read, files that describe how the kernel was built, and the one that was offered.
 */
static bool may_be_read(const struct broker *broker, const char *path)
{
	struct utsname system;
	char configuration[sizeof("/boot/config-") + sizeof(system.release)];

	if (broker->file && !strcmp(path, broker->file))
		return true;
	if (!strncmp(path, KERNEL_TYPES, strlen(KERNEL_TYPES))) {
		path += strlen(KERNEL_TYPES);
		return *path && *path != '.' && !strchr(path, '/');
	}
	if (uname(&system) < 0)
		return false;
	snprintf(configuration, sizeof(configuration), "/boot/config-%s", system.release);
	return !strcmp(path, configuration) || !strcmp(path, "/proc/config.gz") ||
	       !strcmp(path, SYMBOLS);
}

int broker_open_file(struct broker *broker, struct parcel *call)
{
	const char *path = parcel_get_text(call);
	int fd;

	if (!parcel_is_read(call) || !path)
		return -EPROTO;
	if (!may_be_read(broker, path))
		return -EACCES;
	/* It has the addresses of the kernel's symbols if this process may see them. */
	if (broker->is_restricted && !strcmp(path, SYMBOLS))
		return error_set(&broker->refusal, ERROR_NO_PERMISSION, -EACCES,
				 "uses the address of a symbol of the kernel");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

static void put_module(int directory, const char *name, void *reply)
{
	(void)directory;
	parcel_put_text(reply, name);
}

int broker_list_modules(struct broker *broker, struct parcel *call, struct parcel *reply)
{
	(void)broker;
	return parcel_is_read(call) ? directory_each(AT_FDCWD, "/sys/kernel/btf", put_module, reply)
				    : -EPROTO;
}
