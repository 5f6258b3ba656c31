// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/dispatch.h"

#include "base/cleanup.h"

#include <assert.h>

const method_handler method_handlers[METHOD_COUNT] = {
	[METHOD_LEASE] = method_lease,
	[METHOD_ATTACH] = method_attach,
	[METHOD_DETACH] = method_detach,
	[METHOD_REPLACE] = method_replace,
	[METHOD_MOVE] = method_move,
	[METHOD_INTEROP] = method_interop,
	[METHOD_SUSPEND] = method_suspend,
	[METHOD_RESUME] = method_resume,
	[METHOD_ADOPT] = method_adopt,
	[METHOD_CONFIRM] = method_confirm,
	[METHOD_REVERT] = method_revert,
	[METHOD_STATUS] = method_status,
	[METHOD_GRAPH] = method_graph,
	[METHOD_VERIFY] = method_verify,
	[METHOD_RELINK] = method_relink,
	[METHOD_SET_POLICY] = method_set_policy,
	[METHOD_CLEAR_POLICY] = method_clear_policy,
	[METHOD_POLICY] = method_policy,
	[METHOD_FEATURES] = method_features,
	[METHOD_MONITOR] = method_monitor,
	[METHOD_METRICS] = method_metrics,
	[METHOD_APPLY] = method_apply,
	[METHOD_REPORT_FILES] = method_report_files,
	[METHOD_EXPORT] = method_export,
	[METHOD_OBJECT] = method_object,
	[METHOD_MAPS] = method_maps,
	[METHOD_TEST] = method_test,
	[METHOD_TRACE] = method_trace,
};
static_assert(array_size(method_handlers) == METHOD_COUNT, "every method has a handler");
