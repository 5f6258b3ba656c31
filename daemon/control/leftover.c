#define _GNU_SOURCE
#include "daemon/control/leftover.h"

#include "base/cleanup.h"
#include "base/directory.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static void closedirp(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

/* Calls `visit` for each directory in `path` that is named by a number. */
static void each_numbered(const char *path,
			  void (*visit)(int parent, const char *name, unsigned int number,
					void *userdata),
			  void *userdata)
{
	cleanup(closedirp) DIR *directory = opendir(path);

	if (!directory)
		return;
	for (struct dirent *entry; (entry = readdir(directory));) {
		unsigned int number;

		if (sscanf(entry->d_name, "%u", &number) == 1)
			visit(dirfd(directory), entry->d_name, number, userdata);
	}
}

/* The fd of the pinned XDP link of that device, or -1. */
static int open_link(const struct pin_places *places, unsigned int ifindex)
{
	cleanup(freep) char *path = NULL;

	if (asprintf(&path, "%s/%u/link", places->devices, ifindex) < 0) {
		path = NULL;
		return -1;
	}
	return bpf_obj_get(path);
}

static bool link_is_attached(const struct pin_places *places, unsigned int ifindex)
{
	cleanup(closep) int fd = open_link(places, ifindex);
	struct bpf_link_info info = {};
	__u32 size = sizeof(info);

	return fd >= 0 && bpf_link_get_info_by_fd(fd, &info, &size) == 0 &&
	       info.xdp.ifindex == ifindex;
}

struct sweep {
	const struct registry *registry;
	const struct pin_places *places;
	size_t n_left; /* devices that run a chain which is not ours */
};

static void sweep_device(int parent, const char *name, unsigned int ifindex, void *userdata)
{
	struct sweep *sweep = userdata;

	if (registry_find(sweep->registry, ifindex))
		return;
	if (link_is_attached(sweep->places, ifindex))
		sweep->n_left++;
	else
		directory_remove(parent, name);
}

static void sweep_generation(int parent, const char *name, unsigned int ifindex, void *userdata)
{
	const struct sweep *sweep = userdata;

	if (!registry_find(sweep->registry, ifindex) && !link_is_attached(sweep->places, ifindex))
		directory_remove(parent, name);
}

static void sweep_component(int parent, const char *name, unsigned int id, void *userdata)
{
	const struct sweep *sweep = userdata;

	for (size_t i = 0; i < sweep->registry->n_devices; i++) {
		const struct chain *chain = &sweep->registry->devices[i]->chain;

		for (size_t j = 0; j < chain->n_entries; j++)
			if (chain->entries[j].component->id == id)
				return;
	}
	directory_remove(parent, name);
}

void leftover_sweep(const struct registry *registry, const struct pin_places *places)
{
	struct sweep sweep = { .registry = registry, .places = places };

	each_numbered(places->devices, sweep_device, &sweep);
	each_numbered(places->generations, sweep_generation, &sweep);
	if (!sweep.n_left) /* else some may be needed, and nobody knows which */
		each_numbered(places->components, sweep_component, &sweep);
}

bool leftover_exists(const struct registry *registry, const struct pin_places *places,
		     unsigned int ifindex)
{
	return !registry_find(registry, ifindex) && link_is_attached(places, ifindex);
}

void leftover_release(const struct registry *registry, const struct pin_places *places,
		      unsigned int ifindex)
{
	cleanup(closep) int fd = open_link(places, ifindex);

	bpf_link_detach(fd);
	leftover_sweep(registry, places);
}
