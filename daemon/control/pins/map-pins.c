// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/pins/map-pins.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "base/directory.h"
#include "daemon/control/pins/permissions.h"
#include "daemon/kernel/netns.h"
#include "daemon/state/device.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* No encoded name contains a plus or an at sign. */
#define NEW_PIN	    "+new"
#define POLICY_NAME "@policy"

/* Other users may pass through the directory, to pins whose mode allows them. */
#define DIRECTORY_MODE 0711

/* Encoded as in URLs, and the dot as well, which bpffs reserves. To be freed; NULL: no memory. */
static char *encode(const char *name)
{
	char *encoded = malloc(3 * strlen(name) + 1), *end = encoded;

	for (; encoded && *name; name++) {
		if (isalnum((unsigned char)*name) || strchr("_-", *name))
			*end++ = *name;
		else
			end += sprintf(end, "%%%02x", (unsigned char)*name);
	}
	if (encoded)
		*end = '\0';
	return encoded;
}

/* The directory of that namespace; devices in the daemon's own namespace need none. */
static char *space_directory(const struct pin_directories *directories, const char *netns_path)
{
	cleanup(freep) char *name = NULL;
	char *path;

	if (!netns_path)
		return strdup(directories->maps);
	if (!strncmp(netns_path, NETNS_DIRECTORY, strlen(NETNS_DIRECTORY)))
		netns_path += strlen(NETNS_DIRECTORY);
	name = encode(netns_path);
	return name && asprintf(&path, "%s/@%s", directories->maps, name) >= 0 ? path : NULL;
}

/* Joins PARENT and NAME, encoded; takes `parent`, and returns NULL for NULL. */
static char *below(char *parent, const char *name)
{
	cleanup(freep) char *owned = parent;
	cleanup(freep) char *encoded = encode(name);
	char *path;

	if (!owned || !encoded || asprintf(&path, "%s/%s", owned, encoded) < 0)
		return NULL;
	return path;
}

static char *device_directory(const struct pin_directories *directories, const char *netns_path,
			      const char *ifname)
{
	return below(space_directory(directories, netns_path), ifname);
}

/*
 * The directory of the component or policy in that of its device; takes `parent`, and returns NULL for NULL.
 */
static char *entry_directory(char *parent, const struct chain *chain, const struct entry *entry)
{
	cleanup(freep) char *owned = NULL;
	char *path;

	if (entry != chain->policy)
		return below(parent, entry->name);
	owned = parent;
	return owned && asprintf(&path, "%s/" POLICY_NAME, owned) >= 0 ? path : NULL;
}

char *map_pins_path(const struct pin_directories *directories, const struct device *device,
		    const struct entry *entry, const char *map)
{
	char *parent = device_directory(directories, device->netns_path, device->ifname);

	return below(entry_directory(parent, &device->chain, entry), map);
}

/* Maps of programs without an object have truncated names, which may be equal. */
static size_t count_maps(const struct entry *entry)
{
	return entry->component && *entry->component->spec.sha256 ? entry->component->n_maps : 0;
}

/*
 * Visits a directory to remove what does not belong there: anything but components or, with an entry, its
 * maps.
 */
struct stale {
	const struct chain *chain;
	const struct entry *entry;
};

static bool is_called(const char *name, const char *encoded)
{
	cleanup(freep) char *own = encode(name);

	return !own || !strcmp(own, encoded);
}

static void remove_stale_map(int directory, const char *name, void *userdata)
{
	const struct stale *stale = userdata;

	for (size_t i = 0; i < count_maps(stale->entry); i++)
		if (is_called(stale->entry->component->maps[i].name, name))
			return;
	unlinkat(directory, name, 0);
}

static void remove_stale_component(int directory, const char *name, void *userdata)
{
	const struct stale *stale = userdata;
	const struct chain *chain = stale->chain;
	const struct entry *entry;

	for (size_t i = 0; chain && (entry = chain_nth(chain, i)); i++)
		if (count_maps(entry) && (entry == chain->policy ? !strcmp(name, POLICY_NAME)
								 : is_called(entry->name, name)))
			return;
	directory_remove(directory, name);
}

/* The umask must not exclude other users. 1: the directory is new, and so empty; 0: it existed. */
static int make_directory(const char *path, struct error *error)
{
	bool is_new = mkdir(path, DIRECTORY_MODE) == 0;

	if ((is_new || errno == EEXIST) && chmod(path, DIRECTORY_MODE) == 0)
		return is_new;
	return error_set(error, ERROR_KERNEL_REFUSED, -errno,
			 "cannot create the directory '%s': %s", path, errno_name(errno));
}

/* Creates the new pin completely, and then replaces the pin of that name, if there is one. */
static int replace_pin(const char *helper, struct pins *pins, int directory, const char *name,
		       const struct component_map *map, const struct map_permissions *permissions,
		       const struct pin_permissions *access, struct error *error)
{
	int result = pins_repair(pins, NEW_PIN, map->fd, error), given;

	if (result < 0)
		return result;
	given = pin_permissions_set(helper, directory, NEW_PIN, access);
	crash_point("map-rights");
	/* Pin the map again, for root only: chmod would fail if another user owned the pin by now. */
	if (given < 0)
		result = pins_repair(pins, NEW_PIN, map->fd, error);
	if (result == 0)
		result = pins_rename(pins, NEW_PIN, name);
	crash_point("map-pin");
	return result < 0 || given == 0 || (!permissions->user && !permissions->group)
		       ? result
		       : pin_permissions_refuse(map->name, permissions, given, error);
}

/*
 * A daemon without CAP_DAC_OVERRIDE cannot open the pins of other users, and so cannot compare them.
 */
static bool may_hold(const struct pins *pins, const char *name, int fd, bool if_unknown)
{
	int held = pins_hold(pins, name, fd);

	return held == -EACCES ? if_unknown : held > 0;
}

static int pin(const char *helper, const char *path, const struct component_map *map,
	       const struct map_permissions *permissions, struct error *error)
{
	cleanup(freep) char *name = encode(map->name);
	cleanup(closep) int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup(pins_keep) struct pins *pins = NULL;
	int result = name ? pins_open(path, ".", &pins, error) : error_memory(error);
	struct pin_permissions access;

	if (result < 0)
		return result;
	access = pin_permissions_wanted(permissions, directory, name);
	if (may_hold(pins, name, map->fd, false) && pin_permissions_is(directory, name, &access))
		return 0;
	return replace_pin(helper, pins, directory, name, map, permissions, &access, error);
}

static int update_component(const char *helper, const char *parent, const struct chain *chain,
			    const struct entry *entry, struct error *error)
{
	cleanup(freep) char *directory = entry_directory(strdup(parent), chain, entry);
	struct stale stale = { .entry = entry };
	int made = directory ? make_directory(directory, error) : error_memory(error);
	int result = made < 0 ? made : 0;

	for (size_t i = 0; result == 0 && i < count_maps(entry); i++)
		result = pin(helper, directory, &entry->component->maps[i], &entry->map_permissions,
			     error);
	if (result == 0 && made == 0)
		directory_each(AT_FDCWD, directory, remove_stale_map, &stale);
	return result;
}

/* The entry with the same place in the other chain; NULL: none. */
static const struct entry *find_same(const struct chain *chain, const struct entry *entry,
				     const struct chain *other)
{
	return entry == chain->policy ? other->policy : chain_find(other, entry->name);
}

/*
 * Are the maps of the entry pinned already, if those of the chain `before` are? The owner and mode of the
 * pins are checked elsewhere.
 */
static bool is_pinned_for(const struct chain *before, const struct chain *chain,
			  const struct entry *entry)
{
	const struct entry *same = before ? find_same(chain, entry, before) : NULL;

	return same && same->component == entry->component &&
	       !map_permissions_are_said(&entry->map_permissions) &&
	       !map_permissions_are_said(&same->map_permissions);
}

/* Does the chain `before` have a component with pins that the present chain lacks? */
static bool leaves_stale(const struct chain *before, const struct chain *chain)
{
	const struct entry *entry;

	for (size_t i = 0; (entry = chain_nth(before, i)); i++) {
		const struct entry *same = find_same(before, entry, chain);

		if (count_maps(entry) && (!same || !count_maps(same)))
			return true;
	}
	return false;
}

static size_t count_pins(const struct chain *chain)
{
	const struct entry *entry;
	size_t n = 0;

	for (size_t i = 0; (entry = chain_nth(chain, i)); i++)
		n += count_maps(entry);
	return n;
}

/* The directory exists already if the device had pins before, unless somebody removed it. */
static int make_parents(const char *space, const char *directory, const struct chain *before,
			struct error *error)
{
	int result;

	if (before && count_pins(before) && access(directory, F_OK) == 0)
		return 0;
	result = make_directory(space, error);
	if (result >= 0)
		result = make_directory(directory, error);
	return result < 0 ? result : 0;
}

int map_pins_update(const struct pin_directories *directories, const char *netns_path,
		    const char *ifname, const struct chain *chain, const struct chain *before,
		    struct error *error)
{
	cleanup(freep) char *space = space_directory(directories, netns_path);
	cleanup(freep) char *directory = device_directory(directories, netns_path, ifname);
	struct stale stale = { .chain = chain };
	const struct entry *entry;
	int result;

	if (!space || !directory)
		return error_memory(error);
	if (!count_pins(chain)) {
		map_pins_remove(directories, netns_path, ifname);
		return 0;
	}
	result = make_parents(space, directory, before, error);
	for (size_t i = 0; result == 0 && (entry = chain_nth(chain, i)); i++)
		if (count_maps(entry) && !is_pinned_for(before, chain, entry))
			result = update_component(directories->owner_helper, directory, chain,
						  entry, error);
	if (!before || leaves_stale(before, chain))
		directory_each(AT_FDCWD, directory, remove_stale_component, &stale);
	return result;
}

void map_pins_remove(const struct pin_directories *directories, const char *netns_path,
		     const char *ifname)
{
	cleanup(freep) char *space = space_directory(directories, netns_path);
	cleanup(freep) char *directory = device_directory(directories, netns_path, ifname);
	struct stale none = {};

	if (!space || !directory)
		return;
	directory_each(AT_FDCWD, directory, remove_stale_component, &none);
	rmdir(directory);
	if (netns_path)
		rmdir(space); /* unless other devices have pins there */
}

bool map_pins_belong_to(const struct registry *registry, const struct device *device)
{
	return device->ifindex ||
	       registry_find_named(registry, device->netns_path, device->ifname) == device;
}

static bool is_pinned(const char *path, int fd, const struct map_permissions *permissions)
{
	struct pin_permissions access = pin_permissions_wanted(permissions, AT_FDCWD, path);
	cleanup(freep) char *parent = strdup(path);
	cleanup(pins_keep) struct pins *pins = NULL;
	char *slash = parent ? strrchr(parent, '/') : NULL;

	if (!slash)
		return true;
	*slash = '\0';
	return pin_permissions_is(AT_FDCWD, path, &access) &&
	       pins_open(parent, ".", &pins, NULL) == 0 && may_hold(pins, slash + 1, fd, true);
}

char *map_pins_find_missing(const struct pin_directories *directories, const struct device *device)
{
	const struct entry *entry;

	for (size_t i = 0; (entry = chain_nth(&device->chain, i)); i++) {
		for (size_t j = 0; j < count_maps(entry); j++) {
			const struct component_map *map = &entry->component->maps[j];
			cleanup(freep) char *path = map_pins_path(directories, device, entry,
								  map->name);

			if (path && !is_pinned(path, map->fd, &entry->map_permissions))
				return steal(path);
		}
	}
	return NULL;
}

/* Visits every directory that a device may have. */
struct sweep_maps {
	const struct registry *registry;
	const struct pin_directories *directories;
	const char *space; /* the name of its directory; NULL: the daemon's own namespace */
};

static bool is_of_device(const struct sweep_maps *sweep, const char *name)
{
	for (size_t i = 0; i < sweep->registry->n_devices; i++) {
		const struct device *device = sweep->registry->devices[i];
		cleanup(freep) char *space = space_directory(sweep->directories,
							     device->netns_path);
		const char *own = space ? strrchr(space, '/') + 1 : NULL;

		if (!own ||
		    (is_called(device->ifname, name) && !device->netns_path == !sweep->space &&
		     (!sweep->space || !strcmp(own, sweep->space))))
			return true;
	}
	return false;
}

static void sweep_device(int directory, const char *name, void *userdata)
{
	struct sweep_maps *sweep = userdata;
	struct stale none = {};

	if (name[0] == '@' && !sweep->space) {
		struct sweep_maps inside = { sweep->registry, sweep->directories, name };

		directory_each(directory, name, sweep_device, &inside);
		unlinkat(directory, name, AT_REMOVEDIR);
	} else if (!is_of_device(sweep, name)) {
		directory_each(directory, name, remove_stale_component, &none);
		unlinkat(directory, name, AT_REMOVEDIR);
		unlinkat(directory, name, 0);
	}
}

void map_pins_update_all(const struct registry *registry, const struct pin_directories *directories)
{
	struct sweep_maps sweep = { registry, directories, NULL };

	for (size_t i = 0; i < registry->n_devices; i++) {
		const struct device *device = registry->devices[i];

		if (map_pins_belong_to(registry, device))
			map_pins_update(directories, device->netns_path, device->ifname,
					&device->chain, NULL, NULL);
	}
	directory_each(AT_FDCWD, directories->maps, sweep_device, &sweep);
}
