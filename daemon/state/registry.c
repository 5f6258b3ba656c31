// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/state/registry.h"

#include "base/cleanup.h"
#include "daemon/chain/owner.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/rollback.h"

#include <assert.h>
#include <string.h>

void registry_done(struct registry *registry)
{
	for (size_t i = 0; i < registry->n_devices; i++)
		device_drop(&registry->devices[i]);
	free(registry->devices);
	*registry = (struct registry){};
}

bool same_netns(const char *path, const char *other)
{
	return path && other ? !strcmp(path, other) : path == other;
}

/* The key by which devices are sorted. */
struct place {
	bool is_present;
	bool is_elsewhere; /* it is in a namespace other than the daemon's own */
	uint64_t netns_id;
	unsigned int ifindex;
};

static struct place place_of(const struct netns *netns, unsigned int ifindex)
{
	if (!ifindex)
		return (struct place){};
	return (struct place){ true, netns->path, netns->id, ifindex };
}

static int compare(const struct place *left, const struct place *right)
{
	if (left->is_present != right->is_present)
		return left->is_present - right->is_present;
	if (left->is_elsewhere != right->is_elsewhere)
		return left->is_elsewhere - right->is_elsewhere;
	if (left->netns_id != right->netns_id)
		return left->netns_id < right->netns_id ? -1 : 1;
	return left->ifindex < right->ifindex ? -1 : left->ifindex > right->ifindex;
}

static int compare_device(const struct device *device, const struct place *place)
{
	const struct place own = place_of(device->netns, device->ifindex);

	return compare(&own, place);
}

/* The index of the first device at or after that place. */
static size_t registry_place(const struct registry *registry, const struct place *place)
{
	size_t low = 0, high = registry->n_devices;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_device(registry->devices[middle], place) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct registry *registry, size_t number, const struct place *place)
{
	return number < registry->n_devices &&
	       compare_device(registry->devices[number], place) == 0;
}

struct device *registry_find(const struct registry *registry, const struct netns *netns,
			     unsigned int ifindex)
{
	const struct place place = place_of(netns, ifindex);
	size_t number = registry_place(registry, &place);

	return is_at(registry, number, &place) ? registry->devices[number] : NULL;
}

static bool is_called(const struct device *device, const char *netns_path, const char *ifname)
{
	return !strcmp(device->ifname, ifname) && same_netns(device->netns_path, netns_path);
}

struct device *registry_find_absent(const struct registry *registry, const char *netns_path,
				    const char *ifname)
{
	for (size_t i = 0; i < registry->n_devices && !registry->devices[i]->ifindex; i++)
		if (is_called(registry->devices[i], netns_path, ifname))
			return registry->devices[i];
	return NULL;
}

/* A device that exists is preferred to an absent one. */
struct device *registry_find_named(const struct registry *registry, const char *netns_path,
				   const char *ifname)
{
	for (size_t i = registry->n_devices; i > 0; i--)
		if (is_called(registry->devices[i - 1], netns_path, ifname))
			return registry->devices[i - 1];
	return NULL;
}

struct device *registry_find_number(const struct registry *registry, uint64_t number)
{
	for (size_t i = 0; i < registry->n_devices; i++)
		if (registry->devices[i]->number == number)
			return registry->devices[i];
	return NULL;
}

int registry_reserve(struct registry *registry, size_t n_more, struct error *error)
{
	size_t wanted = registry->n_devices + n_more;
	struct device **longer;

	if (wanted <= registry->n_reserved)
		return 0;
	longer = reallocarray(registry->devices, wanted, sizeof(*longer));
	if (!longer)
		return error_memory(error);
	registry->devices = longer;
	registry->n_reserved = wanted;
	return 0;
}

void registry_add(struct registry *registry, struct device *device)
{
	const struct place place = place_of(device->netns, device->ifindex);
	size_t number = registry_place(registry, &place);
	struct device **at = &registry->devices[number];

	assert(!device->ifindex || !is_at(registry, number, &place));
	assert(registry->n_devices < registry->n_reserved);
	memmove(at + 1, at, (registry->n_devices - number) * sizeof(*at));
	*at = device;
	registry->n_devices++;
}

void registry_take(struct registry *registry, struct device *device)
{
	const struct place place = place_of(device->netns, device->ifindex);
	size_t number = registry_place(registry, &place);

	while (registry->devices[number] != device) /* it is among the absent devices */
		number++;
	registry->n_devices--;
	memmove(&registry->devices[number], &registry->devices[number + 1],
		(registry->n_devices - number) * sizeof(*registry->devices));
}

void registry_move(struct registry *registry, struct device *device, struct netns **netns,
		   unsigned int ifindex)
{
	registry_take(registry, device);
	netns_release(&device->netns);
	device->netns = steal(*netns);
	device->ifindex = ifindex;
	registry_add(registry, device);
}

struct component *registry_find_component(const struct registry *registry,
					  const struct component_spec *spec, const char *owner,
					  enum bpf_attach_type attach_type,
					  const struct chain *other)
{
	struct component *found = NULL;

	for (size_t i = 0; !found && i < registry->n_devices; i++)
		if (registry->devices[i]->attach_type == attach_type)
			found = chain_find_component(&registry->devices[i]->chain, spec, owner,
						     other);
	return found;
}

struct component *registry_find_policy(const struct registry *registry,
				       const struct component_spec *spec,
				       enum bpf_attach_type attach_type)
{
	for (size_t i = 0; i < registry->n_devices; i++) {
		const struct device *device = registry->devices[i];
		const struct entry *policy = device->chain.policy;

		if (device->attach_type == attach_type && policy && policy->component &&
		    policy->component->code.n_instructions &&
		    component_spec_equal(&policy->spec, spec))
			return policy->component;
	}
	return NULL;
}

struct component *registry_find_loaded(const struct registry *registry, uint32_t id)
{
	struct component *found = NULL;

	for (size_t i = 0; !found && i < registry->n_devices; i++) {
		const struct device *device = registry->devices[i];

		found = chain_find_loaded(&device->chain, id);
		if (!found && device->rollback)
			found = chain_find_loaded(&device->rollback->chain, id);
	}
	return found;
}

static bool is_made_of(const struct chain *chain, const char *sha256)
{
	for (size_t i = 0; chain_nth(chain, i); i++)
		if (component_spec_needs(&chain_nth(chain, i)->spec, sha256))
			return true;
	return false;
}

const char *registry_find_label(const struct registry *registry, const char *sha256)
{
	for (size_t i = 0; i < registry->n_devices; i++) {
		const struct chain *chain = &registry->devices[i]->chain;
		const struct entry *entry;

		for (size_t j = 0; (entry = chain_nth(chain, j)); j++) {
			const char *label = component_spec_find_label(&entry->spec, sha256);

			if (label)
				return label;
		}
	}
	return NULL;
}

const char *registry_find_label_of(const struct registry *registry, const char *owner,
				   const char *sha256)
{
	const char *label = NULL;

	for (size_t i = 0; i < registry->n_devices; i++) {
		const struct chain *chain = &registry->devices[i]->chain;

		for (size_t j = 0; !label && j < chain->n_entries; j++)
			if (same_owner(chain->entries[j].owner, owner))
				label = component_spec_find_label(&chain->entries[j].spec, sha256);
	}
	return label;
}

bool registry_needs_object(const struct registry *registry, const char *sha256)
{
	for (size_t i = 0; i < registry->n_devices; i++) {
		const struct device *device = registry->devices[i];

		if (is_made_of(&device->chain, sha256) ||
		    (device->rollback && is_made_of(&device->rollback->chain, sha256)))
			return true;
	}
	return false;
}

struct device *registry_next_rollback(const struct registry *registry)
{
	struct device *next = NULL;

	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (device->rollback &&
		    (!next || rollback_due(device->rollback) < rollback_due(next->rollback)))
			next = device;
	}
	return next;
}
