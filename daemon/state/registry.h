// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/state/device.h"

/*
 * All managed devices: first the absent ones, the others by namespace, the daemon's own first, and by
 * ifindex. Written only by the loop, between jobs.
 */
struct registry {
	size_t n_devices;
	size_t n_reserved;
	struct device **devices;
};

/* Drops all devices, and frees the contents. */
void registry_done(struct registry *registry);

/* `ifindex` must not be 0. NULL: no device has it. */
struct device *registry_find(const struct registry *registry, const struct netns *netns,
			     unsigned int ifindex);
struct device *registry_find_absent(const struct registry *registry, const char *netns_path,
				    const char *ifname);
struct device *registry_find_named(const struct registry *registry, const char *netns_path,
				   const char *ifname);
struct device *registry_find_number(const struct registry *registry, uint64_t number);

/* Reserves room for that many more devices, so that registry_add() cannot fail. */
int registry_reserve(struct registry *registry, size_t n_more, struct error *error);

/* Takes the device; room must be reserved. */
void registry_add(struct registry *registry, struct device *device);

/* Are these two the same namespace, by path? NULL is the daemon's own. */
bool same_netns(const char *path, const char *other);

/* Removes the device, which is in the registry, and returns it to the caller. */
void registry_take(struct registry *registry, struct device *device);

/*
 * Records that the device exists with its ifindex, or not (0), in that namespace, and takes the hold on it.
 */
void registry_move(struct registry *registry, struct device *device, struct netns **netns,
		   unsigned int ifindex);

/*
 * A component of that spec and owner, on any device with that attach type, but not in `other`; NULL: none.
 */
struct component *registry_find_component(const struct registry *registry,
					  const struct component_spec *spec, const char *owner,
					  enum bpf_attach_type attach_type,
					  const struct chain *other);

/*
 * The policy of that spec, on any device with that attach type, if its slots are known; NULL: none.
 */
struct component *registry_find_policy(const struct registry *registry,
				       const struct component_spec *spec,
				       enum bpf_attach_type attach_type);

/*
 * The component with that id in the kernel, in a wanted chain or one that may be rolled back to; NULL: none.
 */
struct component *registry_find_loaded(const struct registry *registry, uint32_t id);

/*
 * How errors name an object that a component is made of; the registry owns the string. NULL: no component
 * is.
 */
const char *registry_find_label(const struct registry *registry, const char *sha256);

/* The same, only among the components of that owner. */
const char *registry_find_label_of(const struct registry *registry, const char *owner,
				   const char *sha256);

/* Does a component need the object, in a wanted chain or one that may be rolled back to? */
bool registry_needs_object(const struct registry *registry, const char *sha256);

/* The device whose change is rolled back next; NULL: there is no unconfirmed change. */
struct device *registry_next_rollback(const struct registry *registry);
