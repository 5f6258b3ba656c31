// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/pipeline/other-tracers.h"

#include "base/cleanup.h"
#include "daemon/kernel/info/tracing-programs.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/state/device.h"

#include <stdio.h>

struct programs {
	uint32_t ids[1 + ROOTLET_SLOTS];
	size_t n_ids;
};

static bool is_kept(const struct chain *wanted, const struct component *component)
{
	return wanted && chain_find_loaded(wanted, component->id);
}

/* The rootlet of the device and its components, but for those that are in `wanted`; NULL: all of them. */
static void collect(const struct device *device, const struct chain *wanted, struct programs *ret)
{
	*ret = (struct programs){};
	if (device->live)
		ret->ids[ret->n_ids++] = device->live->rootlet->id;
	for (size_t i = 0; i < device->chain.n_entries && ret->n_ids < array_size(ret->ids); i++) {
		const struct component *component = device->chain.entries[i].component;

		if (component && !is_kept(wanted, component))
			ret->ids[ret->n_ids++] = component->id;
	}
}

int other_tracers_check(const struct target *target, struct error *error)
{
	cleanup(freep) char *holder = NULL;
	struct programs programs;
	struct tracing_program tracing;

	collect(target->device, NULL, &programs);
	if (!tracing_programs_find(programs.ids, programs.n_ids, &tracing))
		return 0;
	holder = tracing_program_describe(&tracing);
	return error_set(error, ERROR_DEVICE_BUSY, -EBUSY,
			 "program %u is traced by %s, which would see nothing of a fused chain",
			 tracing.target_id, holder ?: "a program");
}

/* The programs that the device no longer runs after the swap. */
static void collect_lost(const struct target *target, struct programs *ret)
{
	*ret = (struct programs){};
	if (target->device->live && (target->built || target->release))
		collect(target->device, target->release ? NULL : &target->wanted, ret);
}

bool other_tracers_may_be_lost(const struct transaction *transaction)
{
	uint32_t oldest = UINT32_MAX;
	struct programs programs;

	for (size_t i = 0; i < transaction->n_targets; i++) {
		collect_lost(&transaction->targets[i], &programs);
		for (size_t j = 0; j < programs.n_ids; j++)
			if (programs.ids[j] < oldest)
				oldest = programs.ids[j];
	}
	return oldest != UINT32_MAX && tracing_programs_loaded_after(oldest);
}

char *other_tracers_describe_lost(const struct target *target)
{
	cleanup(freep) char *holder = NULL;
	struct programs programs;
	struct tracing_program tracing;
	char *sentence;

	collect_lost(target, &programs);
	if (!tracing_programs_find(programs.ids, programs.n_ids, &tracing))
		return NULL;
	holder = tracing_program_describe(&tracing);
	if (asprintf(&sentence,
		     "program %u, which %s traces, no longer runs; start the tracer again to see "
		     "the packets of the new chain",
		     tracing.target_id, holder ?: "a program") < 0)
		return NULL;
	return sentence;
}
