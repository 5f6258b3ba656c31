#include "daemon/linkers/linker.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

static const struct linker_type *const types[] = { &linker_tiered, &linker_freplace,
						   &linker_fused };

static const struct linker_type *choose(const char *name, const struct features *features,
					char *why, size_t why_size)
{
	const struct feature_state *freplace = &features->state[FEATURE_FREPLACE];

	if (!strcmp(name, "auto")) {
		snprintf(why, why_size, "%s", freplace->why);
		return freplace->available ? &linker_tiered : &linker_fused;
	}
	snprintf(why, why_size, "chosen with --linker");
	for (size_t i = 0; i < array_size(types); i++)
		if (!strcmp(types[i]->name, name))
			return types[i];
	return NULL;
}

int linker_open(const char *name, const struct features *features, struct linker **ret, char *why,
		size_t why_size, struct error *error)
{
	const struct linker_type *type = choose(name, features, why, why_size);

	if (!type)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "'%s' is no linker: auto, tiered, freplace or fused", name);
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
	return 0;
}

void linker_drop(struct linker **linker)
{
	struct linker *dropped = steal(*linker);

	if (dropped)
		dropped->type->drop(dropped);
}

bool blueprint_frags(const struct linker *linker, const struct blueprint *blueprint)
{
	for (size_t i = 0; i < blueprint->n_placements; i++)
		if (!blueprint->placements[i].component->frags)
			return false;
	return linker->frags;
}

static void generation_destroy(struct node *node)
{
	pins_drop(&((struct generation *)node)->pins);
}

static const struct node_type generation_type = { "generation", generation_destroy };

void generation_release(struct generation **generation)
{
	struct node *node = (struct node *)steal(*generation);

	node_release(&node);
}

void generation_keep_pins(struct generation *generation)
{
	pins_keep(&generation->pins);
}

static int pin_all(const struct linker *linker, const struct blueprint *blueprint,
		   const struct rootlet *rootlet, size_t n_links, struct slot_link *const *links,
		   struct pins **ret, struct error *error)
{
	cleanup(pins_drop) struct pins *pins = NULL;
	char name[48];
	int result;

	snprintf(name, sizeof(name), "%u-%llu-%s", blueprint->ifindex,
		 (unsigned long long)blueprint->generation, linker->type->name);
	result = pins_new(blueprint->pin_directory, name, &pins, error);
	if (result == 0)
		result = pins_add(pins, "rootlet", rootlet->fd, error);
	if (result == 0)
		result = pins_add(pins, "counters", rootlet->counters_fd, error);
	for (size_t slot = 0; result == 0 && slot < n_links; slot++) {
		snprintf(name, sizeof(name), "slot-%zu", slot);
		result = pins_add(pins, name, links[slot]->fd, error);
	}
	if (result == 0)
		*ret = steal(pins);
	return result;
}

int generation_new(const struct linker *linker, const struct blueprint *blueprint,
		   struct rootlet *rootlet, size_t n_links, struct slot_link *const *links,
		   const struct joint *joints, struct generation **ret, struct error *error)
{
	cleanup(generation_release) struct generation *generation = NULL;
	struct generation *fresh = calloc(1, sizeof(*fresh));
	cleanup(freep) struct node **needs = calloc(n_links + 1, sizeof(*needs));
	int result;

	if (!fresh || !needs) {
		free(fresh);
		return error_memory(error);
	}
	needs[0] = &rootlet->node;
	for (size_t i = 0; i < n_links; i++)
		needs[i + 1] = &links[i]->node;
	if (node_init(&fresh->node, &generation_type, n_links + 1, needs) < 0) {
		free(fresh);
		return error_memory(error);
	}
	generation = fresh;
	generation->made_by = linker->type;
	generation->number = blueprint->generation;
	generation->rootlet = rootlet;
	memcpy(generation->joints, joints, blueprint->n_placements * sizeof(*joints));
	result = pin_all(linker, blueprint, rootlet, n_links, links, &generation->pins, error);
	if (result == 0)
		*ret = steal(generation);
	return result;
}
