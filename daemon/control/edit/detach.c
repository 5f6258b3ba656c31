// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/detach.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/control/transaction/target.h"

static int detach_from(const struct transaction *transaction, struct target *target,
		       struct error *error)
{
	const struct detach_options *options = transaction->change->options;
	bool orphan = target_orphan(transaction, target);
	int result = 0;

	if (orphan && !options->release)
		return target_check_orphan(transaction, target, error);
	if (target->is_new && !orphan)
		return error_set(error, ERROR_NO_SUCH_COMPONENT, -ENOENT, "xdpd does not manage %s",
				 target->ifname);
	if (orphan && transaction->change->confirm)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "%s cannot be released with --confirm: its chain is unknown, so "
				 "it could not be restored",
				 target->ifname);
	if (options->all)
		chain_clear(&target->wanted);
	else
		result = chain_remove(&target->wanted, options->name, target->ifname, error);
	if (result == 0 && options->release && target->wanted.n_entries)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EBUSY,
				 "%s cannot be released while it runs '%s'; detach every component "
				 "with --all",
				 target->ifname, target->wanted.entries[0].name);
	target->release = options->release;
	return result;
}

int detach_edit(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = detach_from(transaction, &transaction->targets[i], &transaction->error);
	return result;
}

int detach_name(const struct transaction *transaction, const struct target *target, char **ret)
{
	const struct detach_options *options = transaction->change->options;

	(void)target;
	return options->name ? names_append(ret, options->name) : 0;
}

void detach_options_done(void *userdata)
{
	struct detach_options *options = userdata;

	free(options->name);
}
