#include "daemon/state/rollback.h"

#include "base/cleanup.h"
#include "daemon/linkers/generation.h"

#include <string.h>
#include <time.h>

uint64_t rollback_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void rollback_drop(struct rollback **p)
{
	struct rollback *rollback = steal(*p);

	if (!rollback)
		return;
	generation_release(&rollback->before);
	chain_done(&rollback->chain);
	free(rollback->match);
	free(rollback->failure);
	free(rollback);
}

/*
 * What libxdp's tools list has pins that they would take for those of what runs; and what is put back on a
 * netlink-owned device may need another attach type.
 */
static struct generation *find_before(const struct device *device)
{
	const struct attachment *attachment = device->attachment;

	if (device->rollback)
		return device->rollback->before;
	return device->live && attachment && attachment->fd >= 0 && !device->live->libxdp_pins
		       ? device->live
		       : NULL;
}

int rollback_new(const struct device *device, bool is_new, struct rollback **ret,
		 struct error *error)
{
	cleanup(rollback_drop) struct rollback *rollback = calloc(1, sizeof(*rollback));
	const struct rollback *before = device->rollback;
	const char *match = before ? before->match : device->match;
	struct generation *generation = find_before(device);
	int result;

	if (!rollback)
		return error_memory(error);
	rollback->was_ours = before ? before->was_ours : !is_new;
	rollback->interop = before ? before->interop : device->interop;
	rollback->mode = before ? before->mode : device->mode;
	rollback->match = match ? strdup(match) : NULL;
	if (match && !rollback->match)
		return error_memory(error);
	if (generation)
		rollback->before = (struct generation *)node_hold(&generation->node);
	result = chain_copy(before ? &before->chain : &device->chain, &rollback->chain, error);
	if (result == 0)
		*ret = steal(rollback);
	return result;
}

struct generation *rollback_generation(const struct rollback *rollback)
{
	return rollback && rollback->before && rollback->before->pins ? rollback->before : NULL;
}

uint64_t rollback_due(const struct rollback *rollback)
{
	return rollback->retry_at ?: rollback->until;
}

struct device *rollback_next(const struct registry *registry)
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
