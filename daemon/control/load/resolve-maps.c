// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/load/resolve-maps.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/kernel/bpffs/object-id.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <string.h>

void shared_maps_done(struct shared_maps *maps)
{
	while (maps->n_maps > 0)
		closep(&maps->maps[--maps->n_maps].fd);
	free(steal(maps->maps));
}

/*
 * Does one entry get a map from the other, directly or through further entries? A path has at most as many
 * steps as the chain has entries.
 */
static bool gets_from(const struct chain *chain, uint64_t user, uint64_t owner, size_t distance)
{
	const struct entry *entry = chain_find_id(chain, user);

	if (user == owner)
		return true;
	for (size_t i = 0; entry && distance > 0 && i < entry->spec.shares.n_items; i++)
		if (gets_from(chain, entry->spec.shares.items[i].owner, owner, distance - 1))
			return true;
	return false;
}

static int bind_one(const struct target *target, uint64_t self, struct map_share *share,
		    struct error *error)
{
	const struct chain *chain = &target->wanted;
	const struct entry *owner;
	cleanup(freep) char *name = NULL;
	size_t length;

	map_share_map(share, &length);
	name = strndup(share->from, length);
	if (!name)
		return error_memory(error);
	owner = chain_find(chain, name);
	if (!owner)
		return error_set(error, ERROR_NO_SUCH_COMPONENT, -ENOENT,
				 "%s has no component '%s' to share a map with", target->ifname,
				 name);
	if (self && gets_from(chain, owner->id, self, chain->n_entries))
		return error_set(error, ERROR_INVALID_ARGUMENT, -ELOOP,
				 "map '%s' cannot be shared with '%s', which is the component "
				 "itself or already shares a map of it",
				 share->name, name);
	share->owner = owner->id;
	return 0;
}

int resolve_maps_bind(const struct target *target, uint64_t self, struct component_spec *spec,
		      struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < spec->shares.n_items; i++) {
		struct map_share *share = &spec->shares.items[i];

		if (!share->owner && !map_share_path(share))
			result = bind_one(target, self, share, error);
	}
	return result;
}

static int find_map(const struct component *component, const char *name)
{
	for (size_t i = 0; component && i < component->n_maps; i++)
		if (!strcmp(component->maps[i].name, name))
			return component->maps[i].fd;
	return -1;
}

/* Do both name the same map of the same owner, or the same pin? */
static bool is_same(const struct map_share *share, const struct map_share *other)
{
	size_t length;

	if (map_share_path(share))
		return !strcmp(share->from, other->from);
	return share->owner == other->owner && !map_share_path(other) &&
	       !strcmp(map_share_map(share, &length), map_share_map(other, &length));
}

/* The map, as a component in the chain has it that shares it already; -1: no component does. */
static int find_held(const struct chain *chain, const struct map_share *share)
{
	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct component *component = chain->entries[i].component;

		for (size_t j = 0; component && j < component->spec.shares.n_items; j++) {
			const struct map_share *other = &component->spec.shares.items[j];

			if (is_same(share, other))
				return find_map(component, other->name);
		}
	}
	return -1;
}

/* The pin that a client passes must be the one that xdpd will find at that path after a reboot. */
static int collect_pin(const struct target *target, const struct map_share *share, bool may_open,
		       int *ret, struct error *error)
{
	const char *path = map_share_path(share);
	int held = find_held(&target->wanted, share);
	cleanup(closep) int pinned = share->fd >= 0 || (held < 0 && may_open) ? bpf_obj_get(path)
									      : -1;
	int failure = errno;

	if (share->fd >= 0 && (!object_id(pinned) || object_id(pinned) != object_id(share->fd)))
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "at '%s' the daemon finds no map, or another one", path);
	if (pinned < 0 && held < 0)
		return error_set(
			error, ERROR_INVALID_ARGUMENT, -ENOENT,
			"map '%s' should be the one pinned at '%s', which cannot be opened: %s",
			share->name, path,
			may_open ? errno_name(failure) : "no descriptor of it was passed");
	*ret = pinned >= 0 ? steal_fd(&pinned) : fcntl(held, F_DUPFD_CLOEXEC, 3);
	return *ret < 0 ? error_set(error, ERROR_INTERNAL, -errno,
				    "cannot duplicate a file descriptor for '%s': %s", path,
				    errno_name(errno))
			: 0;
}

static int no_such_map(const struct target *target, const struct entry *owner, const char *map,
		       struct error *error)
{
	cleanup(freep) char *names = NULL;

	if (!owner->component)
		return error_set(
			error, ERROR_INVALID_ARGUMENT, -ENOENT,
			"map '%s' of '%s' on %s cannot be shared, because '%s' is not loaded", map,
			owner->name, target->ifname, owner->name);
	for (size_t i = 0; i < owner->component->n_maps; i++)
		names_append(&names, owner->component->maps[i].name);
	return error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT, "'%s' on %s has no map '%s'%s%s",
			 owner->name, target->ifname, map, names ? "; it has " : "; it has no maps",
			 names ?: "");
}

/* `*ret` becomes -1 if the map no longer exists. */
static int collect_of_component(const struct target *target, const struct map_share *share,
				int *ret, struct error *error)
{
	const struct entry *owner = chain_find_id(&target->wanted, share->owner);
	size_t length;
	const char *map = map_share_map(share, &length);
	int fd = owner ? find_map(owner->component, map) : find_held(&target->wanted, share);

	if (owner && fd < 0)
		return no_such_map(target, owner, map, error);
	*ret = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return fd >= 0 && *ret < 0 ? error_set(error, ERROR_INTERNAL, -errno,
					       "cannot duplicate a file descriptor for '%s': %s",
					       share->from, errno_name(errno))
				   : 0;
}

int resolve_maps_collect(const struct target *target, const struct component_spec *spec,
			 bool may_open, struct shared_maps *ret, struct error *error)
{
	const struct map_shares *shares = &spec->shares;
	int result = 0;

	ret->maps = calloc(shares->n_items + 1, sizeof(*ret->maps));
	if (!ret->maps)
		return error_memory(error);
	for (size_t i = 0; result == 0 && i < shares->n_items; i++) {
		const struct map_share *share = &shares->items[i];
		int fd = -1;

		result = map_share_path(share) ? collect_pin(target, share, may_open, &fd, error)
					       : collect_of_component(target, share, &fd, error);
		if (fd >= 0)
			ret->maps[ret->n_maps++] = (struct shared_map){ share, fd };
	}
	return result;
}

bool resolve_maps_are_ready(const struct chain *chain, const struct component_spec *spec)
{
	for (size_t i = 0; i < spec->shares.n_items; i++) {
		const struct entry *owner = chain_find_id(chain, spec->shares.items[i].owner);

		if (owner && !owner->component)
			return false;
	}
	return true;
}
