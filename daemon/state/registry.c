#include "daemon/state/registry.h"

#include "base/cleanup.h"
#include "daemon/kernel/netdev-match.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/rollback.h"

#include <assert.h>
#include <string.h>

void device_drop(struct device **p)
{
	struct device *device = steal(*p);

	if (!device)
		return;
	attachment_drop(&device->attachment);
	generation_release(&device->live);
	generation_release(&device->retiring);
	chain_done(&device->chain);
	rollback_drop(&device->rollback);
	free(device->failure);
	free(device->fuse_failure);
	free(device->unlisted);
	free(device->netns_path);
	free(device->match);
	netns_release(&device->netns);
	free(device);
}

bool device_is_released(const struct device *device)
{
	return device->rollback && device->rollback->released;
}

unsigned int device_locate(const struct device *device)
{
	return device->match ? netdev_match_find(device->match) : if_nametoindex(device->ifname);
}

/* Adds what the generation counted to the stats of the components that are still in the chain. */
static int add_counted(const struct generation *generation, const struct chain *chain,
		       struct component_stats *stats, struct error *error)
{
	size_t n_members = generation ? generation->n_members : 0;
	size_t n_rows = generation ? generation->rootlet->n_rows : 0;
	cleanup(freep) struct counter_row *rows = calloc(n_rows + 1, sizeof(*rows));
	cleanup(freep) struct component_stats *counted = calloc(n_members + 1, sizeof(*counted));
	int result;

	if (!rows || !counted)
		return error_memory(error);
	if (!generation)
		return 0;
	assert(n_rows > n_members);
	result = counters_read(generation->rootlet->counters_fd, n_rows, rows, error);
	if (result < 0)
		return result;
	component_stats_count(rows, n_rows, n_members, counted);
	for (size_t i = 0; i < n_members; i++) {
		const struct entry *entry = chain_find_id(chain, generation->members[i].id);

		/* It does not come back, so that its verdict is not known. */
		if (generation->members[i].join == JOIN_TAIL_CALLED)
			counted[i] = (struct component_stats){ .run = counted[i].run };
		if (entry)
			component_stats_add(&stats[entry - chain->entries], &counted[i]);
	}
	return 0;
}

int device_component_stats(const struct device *device, struct component_stats **ret,
			   struct error *error)
{
	size_t n_entries = device->chain.n_entries;
	cleanup(freep) struct component_stats *stats = calloc(n_entries + 1, sizeof(*stats));
	int result;

	if (!stats)
		return error_memory(error);
	for (size_t i = 0; i < n_entries; i++)
		stats[i] = device->chain.entries[i].total;
	result = add_counted(device->live, &device->chain, stats, error);
	if (result == 0)
		result = add_counted(device->retiring, &device->chain, stats, error);
	if (result == 0)
		*ret = steal(stats);
	return result;
}

static int fold_into(struct chain *chain, const struct generation *generation, struct error *error)
{
	cleanup(freep) struct component_stats *stats = calloc(chain->n_entries + 1, sizeof(*stats));
	int result;

	if (!stats)
		return error_memory(error);
	result = add_counted(generation, chain, stats, error);
	for (size_t i = 0; result == 0 && i < chain->n_entries; i++)
		component_stats_add(&chain->entries[i].total, &stats[i]);
	return result;
}

int device_fold(struct device *device, struct generation **ret, struct error *error)
{
	int result;

	*ret = steal(device->retiring);
	result = fold_into(&device->chain, *ret, error);
	if (result == 0 && device->rollback)
		result = fold_into(&device->rollback->chain, *ret, error);
	return result;
}

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

/* What devices are sorted by. */
struct place {
	bool is_present;
	bool is_elsewhere; /* in a namespace that is not the daemon's own */
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

/* The number of the first device that is there or behind it. */
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

/* One that is there goes before one that is absent. */
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

	while (registry->devices[number] != device) /* among those that are absent */
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
					  const struct component_spec *spec,
					  enum bpf_attach_type attach_type,
					  const struct chain *other)
{
	struct component *found = NULL;

	for (size_t i = 0; !found && i < registry->n_devices; i++)
		if (registry->devices[i]->attach_type == attach_type)
			found = chain_find_component(&registry->devices[i]->chain, spec, other);
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
