// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/pipeline/change-kinds.h"

#include "base/cleanup.h"
#include "daemon/control/edit/adopt.h"
#include "daemon/control/edit/apply.h"
#include "daemon/control/edit/attach.h"
#include "daemon/control/edit/confirm.h"
#include "daemon/control/edit/detach.h"
#include "daemon/control/edit/expire.h"
#include "daemon/control/edit/interop.h"
#include "daemon/control/edit/move.h"
#include "daemon/control/edit/policy.h"
#include "daemon/control/edit/relink.h"
#include "daemon/control/edit/replace.h"
#include "daemon/control/edit/suspend.h"

#include <assert.h>

#define OPTIONS(name) \
	.options_size = sizeof(struct name##_options), .options_done = name##_options_done

const struct change_kind change_kinds[] = {
	[CHANGE_ATTACH] = { "Attach", OPTIONS(attach), .edit = attach_edit, .name_of = attach_name,
			    .permits_maps = true },
	[CHANGE_DETACH] = { "Detach", OPTIONS(detach), .edit = detach_edit, .name_of = detach_name,
			    .takes_away = true },
	[CHANGE_REPLACE] = { "Replace", OPTIONS(replace), .edit = replace_edit,
			     .name_of = replace_name },
	[CHANGE_MOVE] = { "Move", OPTIONS(move), .describe = move_describe, .edit = move_edit,
			  .name_of = move_name, .permits_maps = true },
	[CHANGE_INTEROP] = { "Interop", .options_size = sizeof(struct interop_options),
			     .describe = interop_describe, .edit = interop_edit },
	[CHANGE_SET_POLICY] = { "SetPolicy", OPTIONS(policy), .edit = policy_edit_set,
				.name_of = policy_name_set, .names_policy = true },
	[CHANGE_CLEAR_POLICY] = { "ClearPolicy", OPTIONS(policy), .edit = policy_edit_clear,
				  .name_of = policy_name_cleared, .names_policy = true },
	[CHANGE_APPLY] = { "Apply", OPTIONS(apply), .describe = apply_describe,
			   .find_more = apply_find_more, .edit = apply_edit, .permits_maps = true },
	[CHANGE_ADOPT] = { "Adopt", .edit = adopt_edit, .note = adopt_note, .takes_away = true,
			   .is_final = true },
	[CHANGE_CONFIRM] = { "Confirm", .options_size = sizeof(struct confirm_options),
			     .find = confirm_find, .edit = confirm_edit,
			     .is_about_unconfirmed = true },
	[CHANGE_REVERT] = { "Revert", .options_size = sizeof(struct confirm_options),
			    .find = confirm_find, .edit = confirm_edit_revert, .takes_away = true,
			    .is_about_unconfirmed = true, .restores = true },
	[CHANGE_RELINK] = { "Relink", OPTIONS(relink), .describe = relink_describe,
			    .find = relink_find, .edit = relink_edit, .name_of = relink_name },
	[CHANGE_SUSPEND] = { "Suspend", .edit = suspend_edit, .takes_away = true },
	[CHANGE_RESUME] = { "Resume", .edit = resume_edit },
	[CHANGE_EXPIRE] = { "Expire", OPTIONS(expire), .find = expire_find, .edit = expire_edit,
			    .name_of = expire_name, .takes_away = true, .keeps_unconfirmed = true },
	[CHANGE_NONE] = { "None" },
};
static_assert(array_size(change_kinds) == CHANGE_KIND_COUNT, "every kind of change has a row");
