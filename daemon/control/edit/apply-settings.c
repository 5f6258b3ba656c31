// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/apply-settings.h"

#include "base/cleanup.h"
#include "daemon/control/transaction/target.h"
#include "daemon/state/setting-owners.h"

#include <errno.h>
#include <stdlib.h>

/* `other` owns the setting, too; NULL: it was set without an owner. */
static int refuse(const struct target *target, const struct apply_setting *setting,
		  const char *other, const char *owner, struct error *error)
{
	return error_set(error, ERROR_INVALID_ARGUMENT, -EEXIST,
			 "%s of %s is already set to '%s' %s%s%s, so owner '%s' cannot set it to "
			 "'%s'",
			 setting->name, target->ifname, setting->before ?: "the default",
			 other ? "by owner '" : "without an owner", other ?: "", other ? "'" : "",
			 owner, setting->wanted);
}

static int set(struct target *target, const char *owner, const struct apply_setting *setting,
	       struct plan *plan, bool *ret_changes, struct error *error)
{
	struct strings *owners = &target->config.owners;
	const char *other = setting_owners_find_other(owners, setting->name, owner);
	bool is_own = setting_owners_have(owners, setting->name, owner);

	if (same_text(setting->before, setting->wanted)) {
		/* What was set without an owner stays so. */
		if (!other || is_own)
			return 0;
		return setting_owners_add(owners, setting->name, owner, error);
	}
	if (other || (setting->before && !is_own))
		return refuse(target, setting, other, owner, error);
	*ret_changes = true;
	if (!is_own && setting_owners_add(owners, setting->name, owner, error) < 0)
		return -ENOMEM;
	return plan_compare(plan, setting->name, setting->before, setting->wanted, error);
}

static int give_up(struct target *target, const char *owner, const struct apply_setting *setting,
		   struct plan *plan, bool *ret_changes, struct error *error)
{
	struct strings *owners = &target->config.owners;

	if (!setting_owners_remove(owners, setting->name, owner) ||
	    setting_owners_find_other(owners, setting->name, owner))
		return 0;
	*ret_changes = true;
	return plan_compare(plan, setting->name, setting->before, NULL, error);
}

int apply_setting_decide(struct target *target, const char *owner,
			 const struct apply_setting *setting, struct plan *plan, bool *ret_changes,
			 struct error *error)
{
	*ret_changes = false;
	if (owner && setting->wanted)
		return set(target, owner, setting, plan, ret_changes, error);
	if (owner)
		return give_up(target, owner, setting, plan, ret_changes, error);
	*ret_changes = !same_text(setting->before, setting->wanted);
	return plan_compare(plan, setting->name, setting->before, setting->wanted, error);
}

static int set_match(struct target *target, const char *owner, const char *match, struct plan *plan,
		     struct error *error)
{
	const struct apply_setting setting = { "match", target->device->config.match, match };
	bool changes;
	int result = apply_setting_decide(target, owner, &setting, plan, &changes, error);

	return result < 0 || !changes ? result : target_set_match(target, match, error);
}

/* That an owner wants "none" is known from its name among the owners. */
static const char *describe_interop(const struct target *target, const char *owner)
{
	if (target->device->config.interop)
		return INTEROP_NAME;
	return owner && setting_owners_find_other(&target->device->config.owners, "interop", NULL)
		       ? "none"
		       : NULL;
}

static const char *describe_wanted_interop(enum interop interop, const char *owner)
{
	if (interop == INTEROP_LIBXDP)
		return INTEROP_NAME;
	return owner && interop == INTEROP_NONE ? "none" : NULL;
}

static int set_interop(struct target *target, const char *owner, enum interop interop,
		       struct plan *plan, struct error *error)
{
	const struct apply_setting setting = { "interop", describe_interop(target, owner),
					       describe_wanted_interop(interop, owner) };
	bool changes;
	int result = apply_setting_decide(target, owner, &setting, plan, &changes, error);

	if (result == 0 && changes)
		target->config.interop = interop == INTEROP_LIBXDP;
	target->asks_interop = target->config.interop && !target->device->config.interop;
	return result;
}

/* A device that runs keeps its mode also if none is wanted any longer. */
static int set_mode(struct target *target, const char *owner, enum xdp_mode mode, struct plan *plan,
		    struct error *error)
{
	const struct apply_setting setting = { "mode", xdp_mode_said(target->device->config.mode),
					       xdp_mode_said(mode) };
	bool changes;
	int result;

	if (!owner && mode == MODE_UNSET)
		return 0;
	result = apply_setting_decide(target, owner, &setting, plan, &changes, error);
	if (result == 0 && changes)
		target->config.mode = mode;
	return result ?: target_choose_mode(target, mode, error);
}

/* A file without an owner says who owns the settings. */
static int take_owners(struct target *target, const struct strings *owners, struct error *error)
{
	strings_done(&target->config.owners);
	return strings_append(&target->config.owners, owners) < 0 ? error_memory(error) : 0;
}

int apply_settings(struct target *target, const char *owner, const struct apply_device *wanted,
		   struct plan *plan, struct error *error)
{
	int result = owner ? 0 : take_owners(target, &wanted->config.owners, error);

	return result ?: set_match(target, owner, wanted->config.match, plan, error)
	       ?: set_interop(target, owner, wanted->interop, plan, error)
	       ?: set_mode(target, owner, wanted->config.mode, plan, error);
}

int apply_settings_note_owners(const struct target *target, struct plan *plan, struct error *error)
{
	const struct strings *old = &target->device->config.owners;
	cleanup(freep) char *before = setting_owners_format(old);
	cleanup(freep) char *after = setting_owners_format(&target->config.owners);

	if (!before || !after)
		return error_memory(error);
	return plan_compare(plan, "setting_owners", *before ? before : NULL, *after ? after : NULL,
			    error);
}
