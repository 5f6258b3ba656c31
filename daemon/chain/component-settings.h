// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/verdict.h"

#include <stdint.h>

/* What happens to packets when a wanted component cannot be loaded. */
enum on_failure {
	ON_FAILURE_SKIP, /* the chain runs without it */
	ON_FAILURE_DROP, /* packets are dropped in its place */
	ON_FAILURE_COUNT
};

/* How a chain runs a component: settings that every component has, and that a change may set. */
struct component_settings {
	uint16_t priority;   /* lower runs first */
	verdict_set proceed; /* after these verdicts the next component runs */
	/* These verdicts become aborted; aborted itself is never forbidden. */
	verdict_set forbidden;
	enum on_failure on_failure;
};
