// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/apply-settings.h"

#include "daemon/control/transaction/target.h"

#include <errno.h>

int apply_refuse_setting(const char *ifname, const char *setting, const char *value,
			 const char *owner, const char *wanted, struct error *error)
{
	return error_set(error, ERROR_INVALID_ARGUMENT, -EEXIST,
			 "%s of %s is already set to '%s', so owner '%s' cannot set it to '%s'",
			 setting, ifname, value, owner, wanted);
}

/* A setting as text; NULL: the default, or not given. */
struct setting {
	const char *name;
	const char *before;
	const char *wanted;
};

/* Owners may set what nothing has set, and may agree with what is set. */
static int check_owner(const struct target *target, const char *owner,
		       const struct setting *setting, struct error *error)
{
	if (!setting->before || !setting->wanted || same_text(setting->before, setting->wanted))
		return 0;
	return apply_refuse_setting(target->ifname, setting->name, setting->before, owner,
				    setting->wanted, error);
}

/* `*ret_changes`: the device gets the wanted value. */
static int compare(const struct target *target, const char *owner, const struct setting *setting,
		   struct plan *plan, bool *ret_changes, struct error *error)
{
	*ret_changes = !same_text(setting->before, setting->wanted);
	if (!owner)
		return plan_compare(plan, setting->name, setting->before, setting->wanted, error);
	*ret_changes &= setting->wanted != NULL;
	if (!*ret_changes)
		return 0;
	return check_owner(target, owner, setting, error)
		       ?: plan_compare(plan, setting->name, setting->before, setting->wanted,
				       error);
}

static int set_match(struct target *target, const char *owner, const char *match, struct plan *plan,
		     struct error *error)
{
	const struct setting setting = { "match", target->device->config.match, match };
	bool changes;
	int result = compare(target, owner, &setting, plan, &changes, error);

	return result < 0 || !changes ? result : target_set_match(target, match, error);
}

/* An owner that wants "none" contradicts one that wants the listing. */
static int set_interop(struct target *target, const char *owner, enum interop interop,
		       struct plan *plan, struct error *error)
{
	bool before = target->device->config.interop;
	const struct setting setting = { "interop", before ? INTEROP_NAME : NULL,
					 interop == INTEROP_LIBXDP ? INTEROP_NAME : NULL };
	bool changes;
	int result;

	if (owner && before && interop == INTEROP_NONE)
		return apply_refuse_setting(target->ifname, setting.name, setting.before, owner,
					    "none", error);
	result = compare(target, owner, &setting, plan, &changes, error);
	if (result == 0 && changes)
		target->config.interop = interop == INTEROP_LIBXDP;
	target->asks_interop = target->config.interop && !before;
	return result;
}

static int set_mode(struct target *target, const char *owner, enum xdp_mode mode, struct plan *plan,
		    struct error *error)
{
	const struct setting setting = { "mode", xdp_mode_said(target->device->config.mode),
					 xdp_mode_said(mode) };
	bool changes;

	if (mode == MODE_UNSET)
		return 0;
	return compare(target, owner, &setting, plan, &changes, error)
		       ?: target_choose_mode(target, mode, error);
}

int apply_settings(struct target *target, const char *owner, const struct apply_device *wanted,
		   struct plan *plan, struct error *error)
{
	return set_match(target, owner, wanted->config.match, plan, error)
		       ?: set_interop(target, owner, wanted->interop, plan, error)
		       ?: set_mode(target, owner, wanted->config.mode, plan, error);
}
