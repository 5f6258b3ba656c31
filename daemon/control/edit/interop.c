// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/interop.h"

#include "daemon/control/transaction/manager.h"
#include "daemon/kernel/bpffs/bpffs.h"
#include "daemon/kernel/libxdp/config-map.h"

#include <errno.h>

void interop_choose(struct target *target, enum interop interop)
{
	if (interop == INTEROP_UNSET)
		return;
	target->config.interop = interop == INTEROP_LIBXDP;
	target->asks_interop = true;
}

int interop_check_place(const struct manager *manager, struct error *error)
{
	if (!manager->linker->type->extends)
		return error_set(error, ERROR_UNSUPPORTED, -EOPNOTSUPP,
				 "libxdp's tools list only extensions, and the linker %s makes "
				 "none; see 'xdpctl features'",
				 manager->linker->type->name);
	if (!manager->directories.dispatchers)
		return error_set(
			error, ERROR_UNSUPPORTED, -EXDEV,
			"libxdp's tools look only in the bpffs at " BPFFS
			", but this xdpd has its pins in another one, below '%s' (--bpffs)",
			manager->directories.map_root);
	return 0;
}

static int check_chain(const struct target *target, struct error *error)
{
	const struct chain *wanted = &target->wanted;

	if (wanted->policy)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "libxdp's tools cannot list %s, because it runs a policy; use "
				 "'xdpctl interop none --dev %s' or 'xdpctl policy clear --dev %s'",
				 target->ifname, target->ifname, target->ifname);
	if (wanted->n_entries > LIBXDP_CONFIG_PROGRAMS)
		return error_set(error, ERROR_CHAIN_FULL, -E2BIG,
				 "libxdp's tools list at most %d components, but %s would have "
				 "%zu; 'xdpctl interop none --dev %s' allows more",
				 LIBXDP_CONFIG_PROGRAMS, target->ifname, wanted->n_entries,
				 target->ifname);
	if (chain_find_bound(wanted))
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "libxdp's tools list only extensions, but the chain of %s is one "
				 "program, because '%s' is bound to the device (--devbound)",
				 target->ifname, chain_find_bound(wanted)->name);
	for (size_t i = 0; i < wanted->n_entries; i++) {
		const struct entry *entry = &wanted->entries[i];

		if (entry_is_tail_called(entry))
			return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
					 "libxdp's tools cannot list '%s' of %s, because it is run "
					 "by a tail call; supply its object with 'xdpctl replace'",
					 entry->name, target->ifname);
	}
	return 0;
}

int interop_check(const struct manager *manager, const struct target *target, bool asked,
		  struct error *error)
{
	int result = 0;

	if (!target->config.interop)
		return 0;
	if (asked)
		result = interop_check_place(manager, error);
	return result < 0 ? result : check_chain(target, error);
}

int interop_edit(struct transaction *transaction)
{
	const struct interop_options *options = transaction->change->options;

	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		if (target->is_new)
			return error_set(&transaction->error, ERROR_NO_SUCH_DEVICE, -ENOENT,
					 "xdpd does not manage %s; attach a component with 'xdpctl "
					 "attach --interop libxdp' first",
					 target->ifname);
		interop_choose(target, options->interop);
	}
	return 0;
}

void interop_describe(const void *userdata, FILE *text)
{
	const struct interop_options *options = userdata;

	fprintf(text, ", interop %s", options->interop == INTEROP_LIBXDP ? INTEROP_NAME : "none");
}
