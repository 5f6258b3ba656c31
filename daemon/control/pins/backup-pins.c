// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/pins/backup-pins.h"

#include "base/cleanup.h"
#include "base/directory.h"
#include "daemon/control/pins/orphans.h"
#include "daemon/kernel/bpffs/pins.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"
#include "daemon/state/rollback.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SEPARATOR "+" /* "components/17/program" is stored as "components+17+program". */

/* Room for the only path of the root of the backup pins. */
struct backup_root {
	char path[32];
};

static struct backup_root root_of(int fd)
{
	struct backup_root root;

	snprintf(root.path, sizeof(root.path), "/proc/self/fd/%d", fd);
	return root;
}

static const char *find_place(const struct pin_directories *directories, const char *kind)
{
	const char *const all[] = { directories->components, directories->generations,
				    directories->devices };

	for (size_t i = 0; i < array_size(all); i++)
		if (!strcmp(strrchr(all[i], '/') + 1, kind))
			return all[i];
	return NULL;
}

struct restoring {
	const struct pin_directories *directories;
	struct backup_root root;
	const char *device; /* the device's directory in the backup set */
	int result;
	struct error *error;
};

static int restore_pin(const struct restoring *restoring, const char *backup, const char *place,
		       const char *directory, const char *name)
{
	cleanup(pins_keep) struct pins *from = NULL, *to = NULL;
	cleanup(closep) int fd = -1, there = -1;
	int result = pins_at(restoring->root.path, restoring->device, &from, restoring->error);

	if (result == 0)
		result = pins_at(place, directory, &to, restoring->error);
	if (result < 0)
		return result;
	there = pins_get(to, name);
	if (there != -ENOENT)
		return 0;
	fd = pins_get(from, backup);
	if (fd < 0)
		return error_set(restoring->error, ERROR_KERNEL_REFUSED, fd,
				 "cannot open the backup pin '%s' of device %s: %s", backup,
				 restoring->device, errno_name(fd));
	return pins_repair(to, name, fd, restoring->error);
}

static void restore_file(int parent, const char *backup, void *userdata)
{
	struct restoring *restoring = userdata;
	cleanup(freep) char *copy = strdup(backup);
	char *rest = copy, *kind, *directory;
	const char *place;

	int result = 0;

	(void)parent;
	if (!copy) {
		restoring->result = error_memory(restoring->error);
		return;
	}
	kind = strsep(&rest, SEPARATOR);
	directory = strsep(&rest, SEPARATOR);
	place = find_place(restoring->directories, kind);
	if (place && rest)
		result = restore_pin(restoring, backup, place, directory, rest);
	if (result < 0 && restoring->result == 0)
		restoring->result = result;
}

static void restore_device(int parent, const char *name, void *userdata)
{
	struct restoring *restoring = userdata;

	restoring->device = name;
	directory_each(parent, name, restore_file, restoring);
}

int backup_pins_restore(int fd, const struct pin_directories *directories, struct error *error)
{
	struct restoring restoring = { directories, root_of(fd), NULL, 0, error };
	int result = directory_each(fd, ".", restore_device, &restoring);

	if (result < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, result,
				 "cannot read the backup pins: %s", errno_name(result));
	return restoring.result;
}

/* The name of an ordinary pin in the backup set, to be freed; NULL: no memory. */
static char *backup_name(const struct pins *pins, const char *name)
{
	cleanup(freep) char *path = strdup(pins_directory(pins));
	char *directory, *kind, *backup;

	if (!path)
		return NULL;
	directory = strrchr(path, '/');
	*directory++ = '\0';
	kind = strrchr(path, '/') + 1;
	return asprintf(&backup, "%s" SEPARATOR "%s" SEPARATOR "%s", kind, directory, name) < 0
		       ? NULL
		       : backup;
}

struct copying {
	struct pins *to;
	struct error *error;
};

/* A pin that exists already stays. */
static int copy_pin(struct pins *pins, const char *name, int fd, void *userdata)
{
	const struct copying *copying = userdata;
	cleanup(freep) char *backup = backup_name(pins, name);
	int result;

	if (!backup)
		return error_memory(copying->error);
	result = pins_add(copying->to, backup, fd, copying->error);
	return result == -EEXIST ? 0 : result;
}

static int copy_components(const struct chain *chain, struct copying *copying)
{
	const struct entry *entry;
	int result = 0;

	for (size_t i = 0; result == 0 && (entry = chain_nth(chain, i)); i++)
		if (entry->component)
			result = component_each_pin(entry->component, copy_pin, copying);
	return result;
}

/* Copies the pin of the record, of which no process keeps a descriptor. */
static int copy_note(const struct generation *generation, struct copying *copying)
{
	cleanup(closep) int note = pins_get(generation->pins, GENERATION_TEXT);

	return note < 0 ? 0 : copy_pin(generation->pins, GENERATION_TEXT, note, copying);
}

static int copy_running(const struct chain *chain, const struct generation *live,
			const struct attachment *attachment, struct copying *copying)
{
	int result = copy_components(chain, copying);

	if (result == 0 && live)
		result = generation_each_pin(live, copy_pin, copying);
	if (result == 0 && live)
		result = copy_note(live, copying);
	if (result == 0 && attachment)
		result = attachment_each_pin(attachment, copy_pin, copying);
	return result;
}

void backup_pins_add(int fd, uint64_t device, const struct chain *chain,
		     const struct generation *live, const struct attachment *attachment)
{
	const struct backup_root root = root_of(fd);
	cleanup(pins_keep) struct pins *pins = NULL;
	char name[32];

	snprintf(name, sizeof(name), "%" PRIu64, device);
	if (pins_at(root.path, name, &pins, NULL) < 0)
		return;
	mkdirat(fd, name, 0700);
	copy_running(chain, live, attachment, &(struct copying){ pins, NULL });
}

void backup_pins_add_note(int fd, const struct device *device)
{
	const struct backup_root root = root_of(fd);
	const struct generation *live = device->live;
	cleanup(closep) int note = pins_get(live->pins, GENERATION_TEXT);
	cleanup(freep) char *backup = backup_name(live->pins, GENERATION_TEXT);
	cleanup(pins_keep) struct pins *pins = NULL;
	char name[32];

	snprintf(name, sizeof(name), "%" PRIu64, device->number);
	if (note >= 0 && backup && pins_at(root.path, name, &pins, NULL) == 0)
		pins_repair(pins, backup, note, NULL);
}

/*
 * The old pins are removed after the new ones exist: a restart may restore both, and removes what is stale.
 */
int backup_pins_update(int fd, const struct device *device, struct error *error)
{
	const struct backup_root root = root_of(fd);
	cleanup(pins_drop) struct pins *pins = NULL;
	struct copying copying = { .error = error };
	char name[32], new_name[40];
	int result;

	snprintf(name, sizeof(name), "%" PRIu64, device->number);
	snprintf(new_name, sizeof(new_name), "%s-new", name);
	directory_remove(fd, new_name);
	result = pins_new(root.path, new_name, &pins, error);
	copying.to = pins;
	if (result == 0)
		result = copy_running(&device->chain, device->live, device->attachment, &copying);
	if (result == 0 && device->rollback)
		result = copy_running(&device->rollback->chain,
				      rollback_generation(device->rollback), NULL, &copying);
	directory_remove(fd, name);
	if (result < 0)
		return result;
	if (renameat(fd, new_name, fd, name) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot rename the backup pins of %s: %s", device->ifname,
				 errno_name(errno));
	pins_keep(&pins);
	return 0;
}

void backup_pins_remove(int fd, uint64_t device)
{
	char name[32];

	snprintf(name, sizeof(name), "%" PRIu64, device);
	directory_remove(fd, name);
}

struct backup_sweep {
	const struct registry *registry;
	const struct orphans *orphans;
};

static void sweep_device(int parent, const char *name, void *userdata)
{
	const struct backup_sweep *sweep = userdata;
	uint64_t number = strtoull(name, NULL, 10);

	if (number && !registry_find_number(sweep->registry, number) &&
	    !orphans_find_number(sweep->orphans, number))
		directory_remove(parent, name);
}

void backup_pins_remove_stale(int fd, const struct registry *registry,
			      const struct orphans *orphans)
{
	directory_each(fd, ".", sweep_device, &(struct backup_sweep){ registry, orphans });
}
