// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/replace.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/control/edit/grant-check.h"
#include "daemon/control/edit/policy.h"
#include "daemon/control/edit/program-source.h"

/*
 * The new program, with the variables and shared maps of the old one unless the change says otherwise.
 */
static int write_spec(const struct transaction *transaction, const struct component_spec *before,
		      struct component_spec *ret, struct error *error)
{
	const struct replace_options *options = transaction->change->options;
	const struct bundle *bundle = &transaction->bundles[0];
	int result = bundle_spec(bundle, transaction->change->is_limited, ret, error);

	if (result == 0)
		result = component_spec_set_values(ret, &before->values, error);
	if (result == 0 && map_shares_keep(&ret->shares, &before->shares) < 0)
		result = error_memory(error);
	if (result == 0)
		result = component_spec_set_slot(ret, before->slot, error);
	ret->devbound = before->devbound;
	return result < 0 ? result : program_source_add_options(ret, &options->source, error);
}

/* The missing variable or map may be one that this request did not name. */
static void explain_options(const struct component_spec *before, struct error *error)
{
	if (error->id != ERROR_INVALID_ARGUMENT || error->number != -ENOENT)
		return;
	if (before->shares.n_items)
		error_prefix(error,
			     "maps shared before stay shared unless '--map NAME' drops them: ");
	else if (before->values.n_items)
		error_prefix(error,
			     "variables set before stay set unless '--set NAME' drops them: ");
}

static int replace_on(struct transaction *transaction, struct target *target)
{
	const struct replace_options *options = transaction->change->options;
	struct entry *entry = chain_find(&target->wanted, options->name);
	cleanup(component_spec_done) struct component_spec spec = {};
	struct error *error = &transaction->error;
	int result;

	if (!entry)
		return error_set(error, ERROR_NO_SUCH_COMPONENT, -ENOENT,
				 "%s has no component '%s'", target->ifname, options->name);
	if (entry->parked)
		return error_set(
			error, ERROR_INVALID_ARGUMENT, -EINVAL,
			"'%s' on %s is parked, so xdpd cannot check that the new program fits; "
			"detach it, and attach the new program when there is a place for it",
			options->name, target->ifname);
	result = write_spec(transaction, &entry->spec, &spec, error);
	if (result == 0)
		result = policy_check_place(target, spec.slot, &transaction->bundles[0], entry,
					    error);
	if (result == 0)
		result = grant_limit_settings(transaction, target, entry->owner, entry->name, NULL,
					      &entry->settings, error)
				 ?: grant_check_load(transaction, target, entry->owner, entry->name,
						     &spec, error);
	if (result == 0)
		result = load_successor(transaction, target, entry, &spec, &transaction->bundles[0],
					options->reuse, error);
	if (result < 0)
		explain_options(&entry->spec, error);
	return result;
}

int replace_edit(struct transaction *transaction)
{
	struct replace_options *options = transaction->change->options;
	struct program_source *source = &options->source;
	int result = program_source_receive(transaction, 1, &source);

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = replace_on(transaction, &transaction->targets[i]);
	return result;
}

int replace_name(const struct transaction *transaction, const struct target *target, char **ret)
{
	const struct replace_options *options = transaction->change->options;

	(void)target;
	return names_append(ret, options->name);
}

void replace_options_done(void *userdata)
{
	struct replace_options *options = userdata;

	source_done(&options->source);
	free(options->name);
}
