#include "daemon/state/rollback.h"

#include "base/cleanup.h"

#include <string.h>
#include <time.h>

uint64_t unconfirmed_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void unconfirmed_drop(struct unconfirmed **p)
{
	struct unconfirmed *unconfirmed = steal(*p);

	if (!unconfirmed)
		return;
	generation_release(&unconfirmed->before);
	chain_done(&unconfirmed->chain);
	free(unconfirmed->match);
	free(unconfirmed->failure);
	free(unconfirmed);
}

/*
 * What libxdp's tools list has pins that they would take for those of what runs; and what is put back on a
 * netlink-owned device may need another attach type.
 */
static struct generation *find_before(const struct device *device)
{
	const struct attachment *attachment = device->attachment;

	if (device->unconfirmed)
		return device->unconfirmed->before;
	return device->live && attachment && attachment->fd >= 0 && !device->live->libxdp_pins
		       ? device->live
		       : NULL;
}

int unconfirmed_new(const struct device *device, bool is_new, struct unconfirmed **ret,
		    struct error *error)
{
	cleanup(unconfirmed_drop) struct unconfirmed *unconfirmed = calloc(1, sizeof(*unconfirmed));
	const struct unconfirmed *before = device->unconfirmed;
	const char *match = before ? before->match : device->match;
	struct generation *generation = find_before(device);
	int result;

	if (!unconfirmed)
		return error_memory(error);
	unconfirmed->was_ours = before ? before->was_ours : !is_new;
	unconfirmed->interop = before ? before->interop : device->interop;
	unconfirmed->mode = before ? before->mode : device->mode;
	unconfirmed->match = match ? strdup(match) : NULL;
	if (match && !unconfirmed->match)
		return error_memory(error);
	if (generation)
		unconfirmed->before = (struct generation *)node_hold(&generation->node);
	result = chain_copy(before ? &before->chain : &device->chain, &unconfirmed->chain, error);
	if (result == 0)
		*ret = steal(unconfirmed);
	return result;
}

struct generation *unconfirmed_generation(const struct unconfirmed *unconfirmed)
{
	return unconfirmed && unconfirmed->before && unconfirmed->before->pins ? unconfirmed->before
									       : NULL;
}

uint64_t unconfirmed_due(const struct unconfirmed *unconfirmed)
{
	return unconfirmed->retry_at ?: unconfirmed->until;
}

struct device *unconfirmed_next(const struct registry *registry)
{
	struct device *next = NULL;

	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (device->unconfirmed && (!next || unconfirmed_due(device->unconfirmed) <
							     unconfirmed_due(next->unconfirmed)))
			next = device;
	}
	return next;
}
