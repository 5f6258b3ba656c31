#include "daemon/control/registry.h"

#include "base/cleanup.h"

#include <assert.h>
#include <string.h>

void device_drop(struct device **slot)
{
	struct device *device = steal(*slot);

	if (!device)
		return;
	attachment_drop(&device->attachment);
	generation_release(&device->live);
	generation_release(&device->retiring);
	chain_done(&device->chain);
	chain_done(&device->retiring_chain);
	free(device->unsettled);
	free(device);
}

uint64_t device_generation(const struct device *device)
{
	return device->live ? device->live->number : 0;
}

/* Reads a generation's counters as tallies of its chain's entries. */
static int generation_tallies(const struct generation *generation, size_t n_entries,
			      struct tally *ret, struct error *error)
{
	cleanup(freep) struct counter_row *rows = calloc(n_entries + 1, sizeof(*rows));
	int result;

	if (!rows)
		return error_memory(error);
	assert(generation->rootlet->n_rows == n_entries + 1);
	result = counters_read(generation->rootlet->counters_fd, n_entries + 1, rows, error);
	if (result == 0)
		tally_rows(rows, n_entries, ret);
	return result;
}

/* Adds the retiring generation's tallies to those of the entries that are still in the chain. */
static int add_retiring(const struct device *device, struct tally *tallies, struct error *error)
{
	cleanup(freep) struct tally *counted = NULL;
	int result;

	if (!device->retiring)
		return 0;
	counted = calloc(device->retiring_chain.n_entries + 1, sizeof(*counted));
	if (!counted)
		return error_memory(error);
	result = generation_tallies(device->retiring, device->retiring_chain.n_entries, counted,
				    error);
	if (result < 0)
		return result;
	for (size_t i = 0; i < device->retiring_chain.n_entries; i++) {
		const struct entry *entry = chain_find_id(&device->chain,
							  device->retiring_chain.entries[i].id);

		if (entry)
			tally_add(&tallies[entry - device->chain.entries], &counted[i]);
	}
	return 0;
}

int device_tallies(const struct device *device, struct tally **ret, struct error *error)
{
	size_t n_entries = device->chain.n_entries;
	cleanup(freep) struct tally *tallies = calloc(n_entries + 1, sizeof(*tallies));
	int result;

	if (!tallies)
		return error_memory(error);
	result = generation_tallies(device->live, n_entries, tallies, error);
	if (result == 0)
		result = add_retiring(device, tallies, error);
	if (result < 0)
		return result;
	for (size_t i = 0; i < n_entries; i++)
		tally_add(&tallies[i], &device->chain.entries[i].total);
	*ret = steal(tallies);
	return 0;
}

int device_fold(struct device *device, struct generation **ret_generation, struct chain *ret_chain,
		struct error *error)
{
	cleanup(freep) struct tally *tallies = calloc(device->chain.n_entries + 1,
						      sizeof(*tallies));
	int result;

	if (!tallies)
		return error_memory(error);
	result = add_retiring(device, tallies, error);
	for (size_t i = 0; result == 0 && i < device->chain.n_entries; i++)
		tally_add(&device->chain.entries[i].total, &tallies[i]);
	*ret_generation = steal(device->retiring);
	*ret_chain = device->retiring_chain;
	device->retiring_chain = (struct chain){};
	return result;
}

void registry_done(struct registry *registry)
{
	for (size_t i = 0; i < registry->n_devices; i++)
		device_drop(&registry->devices[i]);
	free(registry->devices);
	*registry = (struct registry){};
}

/* The place of that ifindex, or where it would be. */
static size_t registry_place(const struct registry *registry, unsigned int ifindex)
{
	size_t low = 0, high = registry->n_devices;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (registry->devices[middle]->ifindex < ifindex)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct registry *registry, size_t place, unsigned int ifindex)
{
	return place < registry->n_devices && registry->devices[place]->ifindex == ifindex;
}

struct device *registry_find(const struct registry *registry, unsigned int ifindex)
{
	size_t place = registry_place(registry, ifindex);

	return is_at(registry, place, ifindex) ? registry->devices[place] : NULL;
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
	size_t place = registry_place(registry, device->ifindex);
	struct device **at = &registry->devices[place];

	assert(!is_at(registry, place, device->ifindex));
	assert(registry->n_devices < registry->n_reserved);
	memmove(at + 1, at, (registry->n_devices - place) * sizeof(*at));
	*at = device;
	registry->n_devices++;
}

struct device *registry_take(struct registry *registry, unsigned int ifindex)
{
	size_t place = registry_place(registry, ifindex);
	struct device *device;

	if (!is_at(registry, place, ifindex))
		return NULL;
	device = registry->devices[place];
	registry->n_devices--;
	memmove(&registry->devices[place], &registry->devices[place + 1],
		(registry->n_devices - place) * sizeof(*registry->devices));
	return device;
}

static bool contains(const struct chain *chain, const struct component *component)
{
	for (size_t i = 0; i < chain->n_entries; i++)
		if (chain->entries[i].component == component)
			return true;
	return false;
}

static bool is_used_on(const struct registry *registry, const struct component *component,
		       size_t n_ifindexes, const unsigned int *ifindexes)
{
	for (size_t i = 0; i < n_ifindexes; i++) {
		const struct device *device = registry_find(registry, ifindexes[i]);

		if (device && contains(&device->chain, component))
			return true;
	}
	return false;
}

struct component *registry_find_component(const struct registry *registry, const char *sha256,
					  const char *program, size_t n_ifindexes,
					  const unsigned int *ifindexes)
{
	for (size_t i = 0; i < registry->n_devices; i++) {
		const struct chain *chain = &registry->devices[i]->chain;

		for (size_t j = 0; j < chain->n_entries; j++) {
			struct component *component = chain->entries[j].component;

			if (!strcmp(component->sha256, sha256) &&
			    !strcmp(component->program_name, program) &&
			    !is_used_on(registry, component, n_ifindexes, ifindexes))
				return component;
		}
	}
	return NULL;
}
