/*
 * Dynamic linking: a rootlet with placeholders, whose slots are replaced by components that were
 * loaded as extensions, each once, however many rootlets they are linked into.
 */
#include "base/cleanup.h"
#include "daemon/kernel/dispatcher.h"
#include "daemon/linkers/linker.h"

#include <assert.h>

/* Where an extension is linked is free later on, but loading it needs something to compare with. */
struct freplace {
	struct linker linker;
	struct dispatcher template;
};

static_assert(offsetof(struct freplace, linker) == 0, "linkers are cast to what they are");

static int freplace_open(const struct features *features, struct linker **ret, struct error *error)
{
	const struct feature_state *state = &features->state[FEATURE_FREPLACE];
	struct freplace *freplace;
	int result;

	if (!state->available)
		return error_set(error, ERROR_UNSUPPORTED, -EOPNOTSUPP,
				 "this kernel cannot do freplace: %s", state->why);
	freplace = calloc(1, sizeof(*freplace));
	if (!freplace)
		return error_memory(error);
	result = dispatcher_load((uint32_t[]){ PROCEED_DEFAULT }, 1, false, true,
				 &freplace->template, error);
	if (result < 0) {
		free(freplace);
		return result;
	}
	*ret = &freplace->linker;
	return 0;
}

static void freplace_drop(struct linker *linker)
{
	struct freplace *freplace = (struct freplace *)linker;

	dispatcher_done(&freplace->template);
	free(freplace);
}

static int freplace_load(struct linker *linker, const struct object *object,
			 const struct program_choice *choice, const struct pin_places *places,
			 struct component **ret, struct error *error)
{
	const struct freplace *freplace = (const struct freplace *)linker;
	const struct extension_target target = { freplace->template.program_fd,
						 freplace->template.slot_ids[0] };

	return component_load(object, choice, &target, places, ret, error);
}

static int load_rootlet(struct linker *linker, const struct blueprint *blueprint,
			struct rootlet **ret, uint32_t *slot_ids, struct error *error)
{
	bool frags = blueprint_frags(linker, blueprint);
	uint32_t proceed[ROOTLET_SLOTS];
	struct dispatcher dispatcher;
	int result;

	assert(blueprint->n_placements <= ROOTLET_SLOTS);
	for (size_t i = 0; i < blueprint->n_placements; i++)
		proceed[i] = blueprint->placements[i].proceed;
	result = dispatcher_load(proceed, blueprint->n_placements, frags, !blueprint->uncounted,
				 &dispatcher, error);
	if (result < 0)
		return result;
	for (size_t i = 0; i < blueprint->n_placements; i++)
		slot_ids[i] = dispatcher.slot_ids[i];
	result = rootlet_new(steal_fd(&dispatcher.program_fd), steal_fd(&dispatcher.counters_fd),
			     blueprint->n_placements + 1, frags, 0, NULL, ret, error);
	dispatcher_done(&dispatcher);
	return result;
}

static int freplace_build(struct linker *linker, const struct blueprint *blueprint,
			  struct generation **ret, struct error *error)
{
	cleanup(rootlet_release) struct rootlet *rootlet = NULL;
	struct slot_link *links[ROOTLET_SLOTS] = {};
	static const struct joint joints[ROOTLET_SLOTS]; /* all of them extensions */
	uint32_t slot_ids[ROOTLET_SLOTS];
	size_t n_links = 0;
	int result;

	result = load_rootlet(linker, blueprint, &rootlet, slot_ids, error);
	while (result == 0 && n_links < blueprint->n_placements) {
		result = slot_link_new(blueprint->placements[n_links].component, rootlet,
				       slot_ids[n_links], &links[n_links], error);
		if (result == 0)
			n_links++;
	}
	if (result == 0)
		result = generation_new(linker, blueprint, rootlet, n_links, links, joints, ret,
					error);
	while (n_links > 0)
		slot_link_release(&links[--n_links]);
	return result;
}

const struct linker_type linker_freplace = {
	.name = "freplace",
	.components_max = ROOTLET_SLOTS,
	.open = freplace_open,
	.drop = freplace_drop,
	.load = freplace_load,
	.build = freplace_build,
};
