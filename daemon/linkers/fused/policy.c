/* A policy and the components in its slots, as one program. */
#include "base/cleanup.h"
#include "daemon/kernel/component/policy-slots.h"
#include "daemon/kernel/counters.h"
#include "daemon/linkers/fused/fused.h"
#include "daemon/linkers/fused/policy-layout.h"

static int find_fillings(struct linker *linker, const struct blueprint *blueprint,
			 struct filling *fillings, struct error *error)
{
	cleanup(policy_slots_done) struct policy_slots slots = {};
	int result = fused_check(linker, blueprint->policy, error);

	if (result == 0)
		result = policy_slots_read(blueprint->policy, &slots, error);
	for (size_t i = 0; result == 0 && i < blueprint->n_placements; i++) {
		const struct component *component = blueprint->placements[i].component;
		const struct signature *slot;

		result = fused_check(linker, component, error);
		if (result == 0)
			result = policy_slots_find(&slots, component->spec.slot, &slot, error);
		if (result == 0)
			fillings[i] = (struct filling){ &component->code, slot->function_id };
	}
	return result;
}

static int join_types(const struct blueprint *blueprint, const struct splice *splice,
		      struct types *types, struct error *error)
{
	const struct component *sources[1 + ROOTLET_SLOTS] = { blueprint->policy };

	for (size_t i = 0; i < blueprint->n_placements; i++)
		sources[1 + i] = blueprint->placements[i].component;
	return types_join_pieces(sources, 1 + blueprint->n_placements, splice->pieces,
				 splice->n_pieces, types, error);
}

static int load(struct linker *linker, const struct blueprint *blueprint, struct error *error)
{
	cleanup(splice_done) struct splice splice = {};
	cleanup(types_done) struct types types = {};
	struct filling fillings[ROOTLET_SLOTS];
	int result = find_fillings(linker, blueprint, fillings, error);

	if (result < 0)
		return result;
	result = splice_init(&blueprint->policy->code, fillings, blueprint->n_placements, &splice);
	if (result < 0)
		return error_set(error, ERROR_UNSUPPORTED, result,
				 "cannot fuse '%s' and the components in its slots: %s",
				 blueprint->policy->spec.program, errno_name(result));
	result = join_types(blueprint, &splice, &types, error);
	if (result < 0)
		return result;
	return fused_load_program(linker, blueprint, splice.instructions, splice.n_instructions,
				  &types, error);
}

int fused_build_policy(struct linker *linker, const struct blueprint *blueprint,
		       struct generation **ret, struct error *error)
{
	const struct joint called = { .join = JOIN_CALLED };
	cleanup(rootlet_release) struct rootlet *rootlet = NULL;
	struct joint joints[ROOTLET_SLOTS];
	struct node *needs[1 + ROOTLET_SLOTS] = { &blueprint->policy->node };
	size_t n_rows = blueprint_rows(blueprint);
	int counters_fd = blueprint_counters(blueprint, error);
	int program_fd = counters_fd < 0 ? counters_fd : load(linker, blueprint, error);
	int result;

	if (program_fd < 0) {
		closep(&counters_fd);
		return program_fd;
	}
	for (size_t i = 0; i < blueprint->n_placements; i++) {
		needs[1 + i] = &blueprint->placements[i].component->node;
		joints[i] = called;
	}
	result = rootlet_new(program_fd, counters_fd, n_rows, 1 + blueprint->n_placements, needs,
			     &rootlet, error);
	if (result == 0)
		result = generation_new(linker, blueprint, rootlet, 0, NULL, joints, ret, error);
	return result;
}
