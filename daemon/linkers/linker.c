// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/linker.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

static const struct linker_type *const types[] = { &linker_tiered, &linker_freplace,
						   &linker_fused };

const struct linker_type *linker_find_type(const char *name)
{
	for (size_t i = 0; i < array_size(types); i++)
		if (!strcmp(types[i]->name, name))
			return types[i];
	return NULL;
}

static const struct linker_type *choose(const char *name, const struct features *features,
					char *why, size_t why_size)
{
	const struct feature_state *freplace = &features->state[FEATURE_FREPLACE];

	if (!strcmp(name, "auto")) {
		snprintf(why, why_size, "%s", freplace->why);
		return freplace->available ? &linker_tiered : &linker_fused;
	}
	snprintf(why, why_size, "chosen with --linker");
	return linker_find_type(name);
}

int linker_open(const char *name, const struct features *features, struct linker **ret, char *why,
		size_t why_size, struct error *error)
{
	const struct linker_type *type = choose(name, features, why, why_size);

	if (!type)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "unknown linker '%s'; use auto, tiered, freplace or fused", name);
	return linker_open_type(type, features, ret, error);
}

int linker_open_type(const struct linker_type *type, const struct features *features,
		     struct linker **ret, struct error *error)
{
	int result = type->open(features, ret, error);

	if (result < 0)
		return result;
	(*ret)->type = type;
	(*ret)->frags = features->state[FEATURE_FRAGS].available;
	(*ret)->binds = features->state[FEATURE_DEVBOUND].available;
	(*ret)->binds_frags = features->state[FEATURE_DEVBOUND_FRAGS].available;
	return 0;
}

int linker_open_fused_like(const struct linker *like, struct linker **ret, struct error *error)
{
	struct features features = {};

	features.state[FEATURE_FRAGS].available = like->frags;
	features.state[FEATURE_DEVBOUND].available = like->binds;
	features.state[FEATURE_DEVBOUND_FRAGS].available = like->binds_frags;
	return linker_open_type(&linker_fused, &features, ret, error);
}

void linker_drop(struct linker **linker)
{
	struct linker *dropped = steal(*linker);

	if (dropped)
		dropped->type->drop(dropped);
}
