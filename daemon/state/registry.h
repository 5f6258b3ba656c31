#pragma once

#include "daemon/state/device.h"

/*
 * All devices that are ours: the absent ones first, then by namespace, the daemon's own first, and
 * ifindex. Written by the loop only, between jobs.
 */
struct registry {
	size_t n_devices;
	size_t n_reserved;
	struct device **devices;
};

void registry_done(struct registry *registry);

/* `ifindex` is not 0. NULL if no device has it. */
struct device *registry_find(const struct registry *registry, const struct netns *netns,
			     unsigned int ifindex);
struct device *registry_find_absent(const struct registry *registry, const char *netns_path,
				    const char *ifname);
struct device *registry_find_named(const struct registry *registry, const char *netns_path,
				   const char *ifname);
struct device *registry_find_number(const struct registry *registry, uint64_t number);

/* Room for that many more, so that registry_add() cannot fail. */
int registry_reserve(struct registry *registry, size_t n_more, struct error *error);

/* Takes the device over; room was reserved. */
void registry_add(struct registry *registry, struct device *device);

/* Are these the same namespace, by name? NULL is the daemon's own. */
bool same_netns(const char *path, const char *other);

/* Gives the device, which is there, back to the caller. */
void registry_take(struct registry *registry, struct device *device);

/* The device comes (with its ifindex) or goes (0), and is from now on in that namespace, taken over. */
void registry_move(struct registry *registry, struct device *device, struct netns **netns,
		   unsigned int ifindex);

/* A component of that spec of some device of that attach type, but not in `other`; or NULL. */
struct component *registry_find_component(const struct registry *registry,
					  const struct component_spec *spec,
					  enum bpf_attach_type attach_type,
					  const struct chain *other);

/* The policy of that spec of some device of that attach type, if its slots are known; or NULL. */
struct component *registry_find_policy(const struct registry *registry,
				       const struct component_spec *spec,
				       enum bpf_attach_type attach_type);

/* The component with that id in the kernel, wanted or to be rolled back to; NULL: none. */
struct component *registry_find_loaded(const struct registry *registry, uint32_t id);

/* How errors call an object that something is made of; NULL if nothing is. The registry's. */
const char *registry_find_label(const struct registry *registry, const char *sha256);

/* Is a component in any chain, or in a chain to roll back to, made of the object? */
bool registry_needs_object(const struct registry *registry, const char *sha256);

/* The device that is rolled back next; NULL: no change is unconfirmed. */
struct device *registry_next_rollback(const struct registry *registry);
