// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Both linkers, one after the other: a change is answered as soon as its components are linked as
 * extensions. After the chain has not changed for a while, it is built again as one program. This program
 * uses the maps of the same components, so maps and counters continue.
 */
#include "base/cleanup.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/generation.h"
#include "daemon/linkers/linker.h"

#include <assert.h>

struct tiered {
	struct linker linker;
	struct linker *first;
	struct linker *second;
};

static_assert(offsetof(struct tiered, linker) == 0, "linkers are cast to what they are");

static void tiered_drop(struct linker *linker)
{
	struct tiered *tiered = (struct tiered *)linker;

	linker_drop(&tiered->first);
	linker_drop(&tiered->second);
	free(tiered);
}

static int tiered_open(const struct features *features, struct linker **ret, struct error *error)
{
	struct tiered *tiered = calloc(1, sizeof(*tiered));
	int result;

	if (!tiered)
		return error_memory(error);
	result = linker_open_type(&linker_freplace, features, &tiered->first, error);
	if (result == 0)
		result = linker_open_type(&linker_fused, features, &tiered->second, error);
	if (result < 0) {
		tiered_drop(&tiered->linker);
		return result;
	}
	tiered->linker.attach_type = tiered->first->attach_type;
	*ret = &tiered->linker;
	return 0;
}

static int tiered_load(struct linker *linker, const struct load_options *options,
		       struct component **ret, struct error *error)
{
	struct linker *first = ((struct tiered *)linker)->first;

	return first->type->load(first, options, ret, error);
}

static int tiered_check_fusable(struct linker *linker, const struct component *component,
				struct error *error)
{
	struct linker *second = ((struct tiered *)linker)->second;

	return second->type->check_fusable(second, component, error);
}

static int tiered_build(struct linker *linker, const struct blueprint *blueprint,
			struct generation **ret, struct error *error)
{
	struct linker *first = ((struct tiered *)linker)->first;

	return first->type->build(first, blueprint, ret, error);
}

static int tiered_fuse(struct linker *linker, const struct blueprint *blueprint,
		       struct generation **ret, struct error *error)
{
	struct linker *second = ((struct tiered *)linker)->second;

	return second->type->build(second, blueprint, ret, error);
}

const struct linker_type linker_tiered = {
	.name = "tiered",
	.components_max = ROOTLET_SLOTS,
	.extends = true,
	.open = tiered_open,
	.drop = tiered_drop,
	.load = tiered_load,
	.check_fusable = tiered_check_fusable,
	.build = tiered_build,
	.fuse = tiered_fuse,
};
