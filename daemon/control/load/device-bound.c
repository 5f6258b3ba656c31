// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/load/device-bound.h"

#include "daemon/control/transaction/manager.h"
#include "daemon/linkers/blueprint.h"

#include <errno.h>

/* A link accepts another program in whatever mode it is (bpf_xdp_link_update()). */
static int check_mode(const struct target *target, const char *name, struct error *error)
{
	const struct attachment *attachment = target->device->attachment;
	enum xdp_mode mode = attachment ? attachment->mode : target->config.mode;

	if (mode != MODE_SKB)
		return 0;
	return error_set(
		error, ERROR_MODE_MISMATCH, -EINVAL,
		"'%s' cannot be bound to %s, which runs in skb mode; binding needs native mode",
		name, target->ifname);
}

static int check(const struct manager *manager, const struct target *target,
		 const struct component_spec *spec, struct error *error)
{
	if (!manager->linker->binds)
		return error_set(
			error, ERROR_UNSUPPORTED, -EOPNOTSUPP,
			"'%s' cannot be bound to a device: this kernel has no device-bound XDP "
			"programs (Linux 6.3 or newer has them); see 'xdpctl features'",
			spec->program);
	if (!target->ifindex)
		return error_set(error, ERROR_NO_SUCH_DEVICE, -ENODEV,
				 "'%s' cannot be bound to %s, which does not exist at present",
				 spec->program, target->ifname);
	return check_mode(target, spec->program, error);
}

int device_bound_options(const struct manager *manager, const struct target *target,
			 struct load_options *options, struct netns_visit *visit,
			 struct error *error)
{
	int result = 0;

	if (!options->spec->devbound)
		return 0;
	result = check(manager, target, options->spec, error);
	if (result < 0)
		return result;
	options->bound_to = target->ifindex;
	options->frags &= manager->linker->binds_frags;
	return netns_enter(target->netns, visit, error);
}

int device_bound_blueprint(const struct target *target, struct blueprint *blueprint,
			   struct netns_visit *visit, struct error *error)
{
	const struct entry *bound = chain_find_bound(&target->wanted);
	int result = bound ? check_mode(target, bound->name, error) : 0;

	if (!bound || result < 0)
		return result;
	blueprint->bound_to = target->ifindex;
	return netns_enter(target->netns, visit, error);
}
