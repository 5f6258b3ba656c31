#define _GNU_SOURCE
#include "daemon/control/apply.h"

#include "base/cleanup.h"
#include "daemon/control/loading.h"
#include "daemon/control/target.h"
#include "object/verdicts.h"

#include <string.h>

/* What one component of a target is to be, and the delivery that it comes from. */
struct wanted {
	struct recipe recipe;
	struct delivery *delivery; /* the transaction's; NULL: it stays what was adopted */
};

/* One target on its way. */
struct applying {
	struct transaction *transaction;
	size_t number; /* of the target */
	struct target *target;
	const struct apply_device *device;
	const struct apply_component **askers; /* one for each of the transaction's deliveries */
	struct plan *plan;
	size_t n_wanted;
	struct wanted *wanted;
	struct specification *specifications; /* in the same order */
};

static void applying_done(struct applying *applying)
{
	for (size_t i = 0; i < applying->n_wanted; i++)
		recipe_done(&applying->wanted[i].recipe);
	free(applying->wanted);
	free(applying->specifications);
}

static const struct object *find_object(const struct transaction *transaction, const char *sha256)
{
	const struct apply_options *options = &transaction->change->apply;

	for (size_t i = 0; i < options->n_objects; i++)
		if (!strcmp(options->objects[i].sha256, sha256))
			return &options->objects[i];
	return NULL;
}

static int copy_object(const struct object *object, struct object *ret, struct error *error)
{
	ret->blob.bytes = malloc(object->blob.size);
	ret->label = strdup(object->label);
	if (!ret->blob.bytes || !ret->label)
		return error_memory(error);
	ret->blob.size = object->blob.size;
	memcpy(ret->blob.bytes, object->blob.bytes, object->blob.size);
	return 0;
}

/* A copy of one that came along, or of one in the store. */
static int get_object(const struct transaction *transaction, const char *sha256, struct object *ret,
		      struct error *error)
{
	const struct workshop *workshop = transaction->workshop;
	const struct object *object = find_object(transaction, sha256);
	const char *label = registry_find_label(&workshop->registry, sha256);

	if (object)
		return copy_object(object, ret, error);
	if (label)
		return store_get(workshop->store, sha256, label, ret, error);
	return error_set(error, ERROR_BAD_OBJECT, -ENOENT,
			 "the store has no object sha256:%s; name it by its path", sha256);
}

static int get_source(const struct transaction *transaction,
		      const struct apply_component *component, struct program_source *ret,
		      struct error *error)
{
	struct object object = {};
	int result = get_object(transaction, component->sha256, &object, error);

	ret->object = object.blob;
	ret->label = object.label;
	ret->program = component->program ? strdup(component->program) : NULL;
	ret->libraries = calloc(component->n_libraries + 1, sizeof(*ret->libraries));
	if (result == 0 && (!ret->libraries || (component->program && !ret->program)))
		return error_memory(error);
	for (size_t i = 0; result == 0 && i < component->n_libraries; i++) {
		ret->n_libraries = i + 1;
		result = get_object(transaction, component->libraries[i], &ret->libraries[i],
				    error);
	}
	return result;
}

static bool same_program(const char *program, const char *other)
{
	return program && other ? !strcmp(program, other) : program == other;
}

/* Are they the same program of the same objects? */
static bool same_source(const struct apply_component *component,
			const struct apply_component *other)
{
	return !strcmp(component->sha256, other->sha256) &&
	       same_program(component->program, other->program) &&
	       component->n_libraries == other->n_libraries &&
	       (component->n_libraries == 0 ||
		!memcmp(component->libraries, other->libraries,
			component->n_libraries * sizeof(*component->libraries)));
}

/* One that was made for a component before, or a new one. */
static int get_delivery(struct transaction *transaction, const struct apply_component *component,
			const struct apply_component **askers, struct delivery **ret)
{
	struct error *error = &transaction->error;
	cleanup(source_done) struct program_source source = {};
	int result;

	for (size_t i = 0; i < transaction->n_deliveries; i++) {
		*ret = &transaction->deliveries[i];
		if (same_source(askers[i], component))
			return 0;
	}
	result = get_source(transaction, component, &source, error);
	if (result < 0)
		return result;
	askers[transaction->n_deliveries] = component;
	*ret = &transaction->deliveries[transaction->n_deliveries++];
	return delivery_receive(&source, *ret, error);
}

/* What it is to be loaded from. */
static int prepare(struct applying *applying, const struct apply_component *component,
		   struct wanted *wanted)
{
	struct error *error = &applying->transaction->error;
	int result = get_delivery(applying->transaction, component, applying->askers,
				  &wanted->delivery);

	if (result == 0)
		result = delivery_recipe(wanted->delivery, &wanted->recipe, error);
	if (result == 0)
		result = recipe_set_values(&wanted->recipe, &component->values, error);
	if (result == 0)
		result = map_shares_set(&wanted->recipe.shares, &component->shares,
					component->n_pins, component->pins, error);
	return result;
}

/* The open ends of what is said of the component come from the object. */
static int specify(struct applying *applying, const struct apply_component *component)
{
	static const struct program_choice no_object = { .priority = PRIORITY_DEFAULT,
							 .proceed = PROCEED_DEFAULT };
	struct error *error = &applying->transaction->error;
	const struct component_options *options = &component->options;
	struct wanted *wanted = &applying->wanted[applying->n_wanted];
	const struct program_choice *choice = &no_object;
	int result = 0;

	if (*component->sha256) {
		result = prepare(applying, component, wanted);
		choice = result == 0 ? &wanted->delivery->choice : NULL;
	} else if (!options->name)
		result = error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				   "without an object it needs a name");
	if (result < 0) {
		recipe_done(&wanted->recipe);
		return result;
	}
	applying->specifications[applying->n_wanted++] = (struct specification){
		.name = options->name ?: choice->name,
		.priority = options->has_priority ? options->priority : choice->priority,
		.proceed = options->has_proceed ? options->proceed : choice->proceed,
		.forbidden = options->forbidden,
		.on_failure = options->on_failure,
		.recipe = wanted->delivery ? &wanted->recipe : NULL,
	};
	return 0;
}

static int load(struct applying *applying, struct entry *entry, struct step *step,
		const struct wanted *wanted)
{
	const struct transaction *transaction = applying->transaction;
	const struct succession succession = {
		.allow_map_change = transaction->change->apply.allow_map_change,
	};
	struct error *error = &applying->transaction->error;
	cleanup(component_release) struct component *component = NULL;
	int result;

	if (step->action == ACTION_REPLACE && entry->component) {
		result = loading_succeed(transaction, applying->target, entry, &wanted->recipe,
					 wanted->delivery, succession, error);
	} else {
		result = loading_get(transaction, applying->target, &wanted->recipe,
				     wanted->delivery, &component, error);
		if (result == 0)
			result = entry_set_component(entry, component, error);
	}
	if (result < 0)
		return result;
	step->is_loaded = true;
	step->verified = entry->component->work.processed;
	return 0;
}

/* Names the component by its place in the request, which is that in the file. */
static int blame(const struct applying *applying, size_t number, int result)
{
	if (result < 0)
		error_prefix(&applying->transaction->error,
			     "devices[%zu].components[%zu]: ", applying->number, number);
	return result;
}

static bool is_pending(const struct step *step)
{
	return !step->is_loaded && (step->action == ACTION_ADD || step->action == ACTION_REPLACE);
}

/* Does it share maps of one that is to be loaded first? */
static bool has_to_wait(const struct applying *applying, const struct recipe *recipe)
{
	for (size_t i = 0; i < recipe->shares.n_items; i++) {
		const struct map_share *share = &recipe->shares.items[i];
		size_t length = 0;

		if (map_share_path(share))
			continue;
		map_share_map(share, &length);
		for (size_t j = 0; j < applying->target->wanted.n_entries; j++) {
			const struct step *step = &applying->plan->steps[j];

			if (is_pending(step) && strlen(step->name) == length &&
			    !strncmp(step->name, share->from, length))
				return true;
		}
	}
	return false;
}

static size_t find_number(const struct applying *applying, const char *name)
{
	size_t number = 0;

	while (strcmp(applying->specifications[number].name, name) != 0)
		number++;
	return number;
}

/* The steps begin with those of the entries, in order. `patient`: only what need not wait. */
static int load_pending(struct applying *applying, bool patient, bool *ret_loaded)
{
	struct chain *chain = &applying->target->wanted;
	int result = 0;

	*ret_loaded = false;
	for (size_t i = 0; result == 0 && i < chain->n_entries; i++) {
		struct step *step = &applying->plan->steps[i];
		size_t number = find_number(applying, step->name);
		const struct wanted *wanted = &applying->wanted[number];

		if (!is_pending(step) || (patient && has_to_wait(applying, &wanted->recipe)))
			continue;
		*ret_loaded = true;
		result = blame(applying, number, load(applying, &chain->entries[i], step, wanted));
	}
	return result;
}

/* Those that wait for each other are refused when they are not waited for. */
static int load_new(struct applying *applying)
{
	bool loaded = true;
	int result = 0;

	while (result == 0 && loaded)
		result = load_pending(applying, true, &loaded);
	return result < 0 ? result : load_pending(applying, false, &loaded);
}

static verdict_set may_return(const struct entry *entry)
{
	const struct code *code = entry->component ? &entry->component->code : NULL;

	if (!code || !code->instructions)
		return VERDICTS_ALL;
	return verdicts_of(code->instructions, code->n_instructions);
}

static int warn(const struct applying *applying)
{
	const struct chain *chain = &applying->target->wanted;
	struct error *error = &applying->transaction->error;
	cleanup(freep) verdict_set *sets = calloc(chain->n_entries + 1, sizeof(*sets));

	if (!sets)
		return error_memory(error);
	for (size_t i = 0; i < chain->n_entries; i++)
		sets[i] = may_return(&chain->entries[i]);
	return plan_warn(applying->plan, chain, sets, error);
}

/* Its plan has a name from the beginning, for errors. */
static int begin_plan(struct applying *applying)
{
	const struct device *device = applying->target->device;
	struct plan *plan = applying->plan;

	plan->ifname = strdup(applying->target->ifname);
	plan->netns = device->netns_path ? strdup(device->netns_path) : NULL;
	plan->generation = device->generation;
	plan->changes = applying->target->is_new || (applying->target->ifindex && !device->live);
	return plan->ifname && (plan->netns || !device->netns_path)
		       ? 0
		       : error_memory(&applying->transaction->error);
}

/* What of the device itself differs. */
static int compare_device(struct applying *applying)
{
	const struct apply_device *wanted = applying->device;
	struct error *error = &applying->transaction->error;
	struct target *target = applying->target;
	const struct device *device = target->device;
	bool same_match = same_text(device->match, wanted->match);
	int result = plan_compare(applying->plan, "match", device->match, wanted->match, error);

	if (result == 0)
		result = plan_compare(applying->plan, "interop",
				      device->interop ? INTEROP_NAME : NULL,
				      wanted->interop ? INTEROP_NAME : NULL, error);
	target->interop = wanted->interop;
	return result < 0 || same_match ? result : target_set_match(target, wanted->match, error);
}

static int apply_device(struct applying *applying)
{
	struct error *error = &applying->transaction->error;
	const struct apply_device *wanted = applying->device;
	struct target *target = applying->target;
	struct plan *plan = applying->plan;
	int result;

	if (target->device->chain.policy)
		return error_set(error, ERROR_UNSUPPORTED, -EOPNOTSUPP,
				 "%s has a policy, which files with chains cannot say yet; "
				 "'xdpctl policy clear' takes it away",
				 target->ifname);
	result = compare_device(applying);
	if (result == 0)
		result = target_check(applying->transaction, target, wanted->mode, error);
	for (size_t i = 0; result == 0 && i < wanted->n_components; i++)
		result = blame(applying, i, specify(applying, &wanted->components[i]));
	if (result == 0)
		result = plan_chain(&target->wanted, applying->n_wanted, applying->specifications,
				    applying->transaction->workshop->linker->type->components_max,
				    plan, error);
	if (result == 0)
		result = load_new(applying);
	return result < 0 ? result : warn(applying);
}

static int apply_target(struct transaction *transaction, const struct apply_component **askers,
			size_t number)
{
	const struct apply_device *device = &transaction->change->apply.devices[number];
	cleanup(applying_done) struct applying applying = {
		.transaction = transaction,
		.number = number,
		.target = &transaction->targets[number],
		.device = device,
		.askers = askers,
		.plan = &transaction->result.plans[number],
		.wanted = calloc(device->n_components + 1, sizeof(*applying.wanted)),
		.specifications = calloc(device->n_components + 1,
					 sizeof(*applying.specifications)),
	};
	int result;

	if (!applying.wanted || !applying.specifications)
		return error_memory(&transaction->error);
	transaction->result.n_plans = number + 1;
	result = begin_plan(&applying);
	if (result == 0)
		result = apply_device(&applying);
	if (result < 0 || applying.plan->changes)
		return result;
	applying.target->stays = applying.target->untouched = true;
	applying.target->generation = applying.target->device->generation;
	return 0;
}

/* At most one delivery a component. */
static int make_room(struct transaction *transaction, const struct apply_component ***ret_askers)
{
	const struct change *change = transaction->change;
	size_t n_components = 0;

	for (size_t i = 0; i < change->n_devices; i++)
		n_components += change->apply.devices[i].n_components;
	*ret_askers = calloc(n_components + 1, sizeof(**ret_askers));
	transaction->deliveries = calloc(n_components + 1, sizeof(*transaction->deliveries));
	transaction->result.plans = calloc(change->n_devices, sizeof(*transaction->result.plans));
	return *ret_askers && transaction->deliveries && transaction->result.plans
		       ? 0
		       : error_memory(&transaction->error);
}

int apply_all(struct transaction *transaction)
{
	cleanup(freep) const struct apply_component **askers = NULL;
	int result = make_room(transaction, &askers);

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = apply_target(transaction, askers, i);
	return result;
}
