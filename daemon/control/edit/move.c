// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/move.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/control/edit/grant-check.h"
#include "daemon/control/edit/policy.h"
#include "daemon/control/pins/permissions.h"

/* Do the options set anything about how the chain runs the component? */
static bool is_about_order(const struct component_options *options)
{
	return options->has_priority || options->has_proceed || options->has_forbidden ||
	       options->before || options->after;
}

static int move_on(const struct transaction *transaction, struct target *target,
		   const struct component_options *options,
		   const struct map_permissions *map_permissions, struct error *error)
{
	struct entry *entry = chain_find(&target->wanted, options->name);
	struct position position = {
		.name = options->name,
		.has_priority = options->has_priority,
		.settings = component_options_apply(options,
						    entry ? entry->settings : options->settings),
		.before = options->before,
		.after = options->after,
	};
	int result = 0;

	if (entry && map_permissions_merge(&entry->map_permissions, map_permissions) < 0)
		return error_memory(error);
	if (entry)
		result = grant_limit_settings(transaction, target, entry->owner, entry->name,
					      options, &position.settings, error);
	if (result == 0 && is_about_order(options))
		result = policy_check_order(target, entry, error);
	return result ?: chain_move(&target->wanted, &position, target->ifname, error);
}

int move_edit(struct transaction *transaction)
{
	const struct move_options *options = transaction->change->options;
	cleanup(map_permissions_done) struct map_permissions map_permissions = {};
	int result = pin_permissions_prepare(&transaction->manager->directories,
					     &options->component.map_permissions, &map_permissions,
					     &transaction->error);

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = move_on(transaction, &transaction->targets[i], &options->component,
				 &map_permissions, &transaction->error);
	return result;
}

int move_name(const struct transaction *transaction, const struct target *target, char **ret)
{
	const struct move_options *options = transaction->change->options;

	(void)target;
	return names_append(ret, options->component.name);
}

void move_options_done(void *userdata)
{
	struct move_options *options = userdata;

	component_options_done(&options->component);
}

void move_describe(const void *userdata, FILE *text)
{
	const struct move_options *options = userdata;

	component_options_describe(&options->component, text);
}
