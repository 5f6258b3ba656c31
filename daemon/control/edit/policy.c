// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/edit/policy.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/control/edit/program-source.h"
#include "daemon/control/load/load.h"
#include "daemon/control/transaction/target.h"
#include "daemon/kernel/component/policy-offers.h"
#include "daemon/kernel/component/policy-slots.h"

#include <stdio.h>
#include <string.h>

/* The component that has a function of that name; NULL: there is none. */
static const struct entry *find_function(const struct chain *chain, const char *name)
{
	const struct entry *found = NULL;

	for (size_t i = 0; !found && i < chain->n_entries; i++) {
		const struct component *component = chain->entries[i].component;
		struct btf *btf = component ? program_code_btf(&component->code) : NULL;
		struct signature function;

		if (btf && signature_find(btf, name, &function) == 0)
			found = &chain->entries[i];
		btf__free(btf);
	}
	return found;
}

/*
 * The kernel extends no extension (bpf_check_attach_target(): "Cannot recursively attach"), and a fused component is
 * no program of its own.
 */
static int no_extension_of_component(const struct target *target, const struct entry *entry,
				     const char *slot, struct error *error)
{
	return error_set(
		error, ERROR_INVALID_ARGUMENT, -EINVAL,
		"'%s' is a function of the component '%s' of %s, and a component cannot be "
		"extended itself: only functions that a policy calls are slots; link other "
		"code into the component with 'xdpctl replace %s OBJECT --link LIBRARY'",
		slot, entry->name, target->ifname, entry->name);
}

static int no_policy(const struct target *target, const char *slot, struct error *error)
{
	const struct entry *entry = find_function(&target->wanted, slot);

	if (entry)
		return no_extension_of_component(target, entry, slot, error);
	return error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT,
			 "%s has no policy, and therefore no slot '%s'; set one with 'xdpctl "
			 "policy set --dev %s OBJECT'",
			 target->ifname, slot, target->ifname);
}

static int read_slots(const struct target *target, struct policy_slots *ret, struct error *error)
{
	const struct entry *policy = target->wanted.policy;

	if (policy->component)
		return policy_slots_read(policy->component, ret, error);
	return error_set(error, ERROR_BAD_STATE, -ENODATA,
			 "the policy '%s' of %s is not loaded, so its slots are unknown: %s",
			 policy->name, target->ifname,
			 policy->failure ?: "it is waiting for its device");
}

/* With a policy, a component can only be in a slot. */
static int check_chain(const struct target *target, const struct bundle *bundle,
		       struct error *error)
{
	cleanup(policy_slots_done) struct policy_slots slots = {};
	cleanup(freep) char *list = NULL;
	int result;

	if (target->wanted.policy) {
		result = read_slots(target, &slots, error);
		if (result < 0)
			return result;
		list = policy_slots_list(&slots);
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "%s runs the policy '%s', whose slots are %s; choose one with "
				 "--slot",
				 target->ifname, target->wanted.policy->name, list ?: "?");
	}
	if (bundle->facts.n_arguments <= 1)
		return 0;
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "'%s' takes more arguments than the context, so it fits only a policy "
			 "slot; choose one with --slot",
			 bundle->choice.name);
}

static int check_slot(const struct target *target, const char *slot, const struct bundle *bundle,
		      const struct entry *is_replaced, struct error *error)
{
	const struct entry *filled = chain_find_slot(&target->wanted, slot);
	cleanup(policy_slots_done) struct policy_slots slots = {};
	const struct signature *found;
	const struct entry *component;
	int result;

	if (!target->wanted.policy)
		return no_policy(target, slot, error);
	result = read_slots(target, &slots, error);
	if (result < 0)
		return result;
	if (policy_slots_find(&slots, slot, &found, NULL) < 0) {
		component = find_function(&target->wanted, slot);
		return component ? no_extension_of_component(target, component, slot, error)
				 : policy_slots_find(&slots, slot, &found, error);
	}
	if (filled && filled != is_replaced)
		return error_set(
			error, ERROR_INVALID_ARGUMENT, -EBUSY,
			"slot '%s' of %s already holds '%s'; use 'xdpctl replace' to replace it",
			slot, target->ifname, filled->name);
	return object_check_slot(bundle_object(bundle), bundle->choice.name, found, error);
}

int policy_check_place(const struct target *target, const char *slot, const struct bundle *bundle,
		       const struct entry *is_replaced, struct error *error)
{
	if (!slot)
		return check_chain(target, bundle, error);
	if (bundle->facts.has_function)
		return check_slot(target, slot, bundle, is_replaced, error);
	return error_set(error, ERROR_BAD_OBJECT, -EINVAL,
			 "the type information (BTF) does not describe '%s' in %s, so it cannot be "
			 "checked against the slot",
			 bundle->choice.name, bundle->object.label);
}

int policy_check_order(const struct target *target, const struct entry *entry, struct error *error)
{
	if (!target->wanted.policy && entry && entry->spec.slot)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "'%s' belongs in slot '%s' of a policy, which decides its place "
				 "and proceed set; they cannot be set here",
				 entry->name, entry->spec.slot);
	if (!target->wanted.policy)
		return 0;
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "%s runs the policy '%s', which decides the order and proceed sets of its "
			 "components; they cannot be set here",
			 target->ifname, target->wanted.policy->name);
}

/* A component that is not loaded is checked when it is. */
int policy_check_offers(const struct target *target, const struct entry *entry, struct error *error)
{
	const struct chain *wanted = &target->wanted;
	const struct component *policy = wanted->policy ? wanted->policy->component : NULL;

	if (entry->parked || !entry->component || (wanted->policy && !policy))
		return 0;
	return policy_offers_check(policy, entry->component, error);
}

static int check_all_offers(const struct target *target, struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < target->wanted.n_entries; i++)
		result = policy_check_offers(target, &target->wanted.entries[i], error);
	if (result < 0)
		error_prefix(error, "%s: ", target->ifname);
	return result;
}

int policy_check_all(const struct target *target, struct error *error)
{
	const struct chain *wanted = &target->wanted;

	for (size_t i = 0; i < wanted->n_entries; i++) {
		const struct entry *entry = &wanted->entries[i];

		if (!entry->parked && !entry->spec.slot != !wanted->policy)
			return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
					 wanted->policy ? "'%s' has no slot, but %s has a policy"
							: "'%s' has a slot, but %s has no policy",
					 entry->name, target->ifname);
	}
	return check_all_offers(target, error);
}

/* The component may not be loaded, or, while it was parked, was verified without the policy. */
static int load_for_place(const struct transaction *transaction, const struct target *target,
			  struct entry *entry, struct error *error)
{
	cleanup(component_release) struct component *component = NULL;
	int result;

	if (entry->component && (entry->component->extension || entry->component->no_extension ||
				 !transaction->manager->linker->type->extends))
		return 0;
	if (entry->component)
		return load_successor(transaction, target, entry, &entry->spec, NULL,
				      (struct map_reuse_options){}, error);
	result = load_component(transaction, target, entry, &entry->spec, NULL, &component, error);
	return result < 0 ? result : entry_set_component(entry, component, error);
}

/* Sets an error if the entry cannot have its place; 0: it can. */
static int check_entry(const struct transaction *transaction, const struct target *target,
		       const struct policy_slots *slots, struct entry *entry, struct error *error)
{
	const struct signature *slot;
	struct signature function;
	struct btf *btf;
	int result = 0;

	if (!entry->spec.slot != !slots)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 slots ? "it has no slot" : "it needs a policy with its slot");
	if (slots)
		result = policy_slots_find(slots, entry->spec.slot, &slot, error);
	if (result == 0)
		result = load_for_place(transaction, target, entry, error);
	if (result < 0 || !slots)
		return result;
	btf = program_code_btf(&entry->component->code);
	if (!btf)
		return error_set(error, ERROR_BAD_OBJECT, -ENODATA,
				 "its type information (BTF) is missing");
	function = (struct signature){ btf, entry->component->code.functions[0].type_id };
	result = signature_check(&function, slot, error)
			 ?: policy_offers_check(target->wanted.policy->component, entry->component,
						error);
	btf__free(btf);
	return result;
}

/* Lists the components that lose their place, as "'a' (why) and so on". */
static int place_all(const struct transaction *transaction, struct target *target, bool park,
		     const struct policy_slots *slots, FILE *losers)
{
	struct chain *wanted = &target->wanted;
	int n_losers = 0;

	for (size_t i = 0; i < wanted->n_entries; i++) {
		cleanup(error_done) struct error why = {};
		struct entry *entry = &wanted->entries[i];
		bool was_parked = entry->parked, fits;

		entry->parked = false;
		fits = check_entry(transaction, target, slots, entry, &why) == 0;
		if (!fits && !was_parked && !park)
			fprintf(losers, "%s'%s' (%s)", n_losers++ ? ", " : "", entry->name,
				why.message ?: "out of memory");
		entry->parked = !fits;
	}
	return n_losers;
}

static int place_or_refuse(const struct transaction *transaction, struct target *target, bool park,
			   const struct policy_slots *slots, struct error *error)
{
	cleanup(freep) char *text = NULL;
	size_t size;
	FILE *losers = open_memstream(&text, &size);
	int n_losers;

	if (!losers)
		return error_memory(error);
	n_losers = place_all(transaction, target, park, slots, losers);
	fclose(losers);
	if (!n_losers)
		return 0;
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "%s would have no place for %s; use --park to keep %s until there is one",
			 target->ifname, text ?: "?", n_losers == 1 ? "it" : "them");
}

int policy_set(const struct transaction *transaction, struct target *target,
	       const struct component_spec *spec, const struct bundle *bundle, bool park,
	       struct error *error)
{
	cleanup(component_release) struct component *policy = NULL;
	cleanup(policy_slots_done) struct policy_slots slots = {};
	int result = load_policy_component(transaction, target, spec, bundle, &policy, error);

	if (result == 0)
		result = policy_slots_read(policy, &slots, error);
	if (result == 0)
		result = chain_set_policy(&target->wanted, policy, error);
	return result < 0 ? result : place_or_refuse(transaction, target, park, &slots, error);
}

int policy_clear(const struct transaction *transaction, struct target *target, bool park,
		 struct error *error)
{
	if (!target->wanted.policy)
		return error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT, "%s has no policy",
				 target->ifname);
	chain_set_policy(&target->wanted, NULL, NULL);
	return place_or_refuse(transaction, target, park, NULL, error);
}

struct program_choice policy_choice(const struct program_choice *choice, const char *slot)
{
	struct program_choice made = *choice;

	if (slot) {
		made.priority = PRIORITY_DEFAULT;
		made.proceed = PROCEED_DEFAULT;
	}
	return made;
}

int policy_edit_set(struct transaction *transaction)
{
	struct policy_options *options = transaction->change->options;
	struct program_source *source = &options->source;
	cleanup(component_spec_done) struct component_spec spec = {};
	const struct bundle *bundle;
	int result = program_source_receive(transaction, 1, &source);

	if (result < 0)
		return result;
	bundle = &transaction->bundles[0];
	result = bundle_spec(bundle, transaction->change->is_limited, &spec, &transaction->error);
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		result = target_check_orphan(transaction, target, &transaction->error)
				 ?: policy_set(transaction, target, &spec, bundle, options->park,
					       &transaction->error);
	}
	return result;
}

int policy_edit_clear(struct transaction *transaction)
{
	const struct policy_options *options = transaction->change->options;
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = policy_clear(transaction, &transaction->targets[i], options->park,
				      &transaction->error);
	return result;
}

int policy_name_set(const struct transaction *transaction, const struct target *target, char **ret)
{
	(void)target;
	return names_append(ret, transaction->bundles[0].choice.name);
}

int policy_name_cleared(const struct transaction *transaction, const struct target *target,
			char **ret)
{
	(void)target;
	return names_append(ret, transaction->targets[0].device->chain.policy->name);
}

void policy_options_done(void *userdata)
{
	struct policy_options *options = userdata;

	source_done(&options->source);
}
