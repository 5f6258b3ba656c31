#pragma once

#include "base/verdict.h"

#include <stdint.h>

/* What becomes of the packets when a component that is wanted cannot be loaded. */
enum on_failure {
	ON_FAILURE_SKIP, /* the chain runs without it */
	ON_FAILURE_DROP, /* they are dropped in its place */
	ON_FAILURE_COUNT
};

/* How a chain runs a component: what every component has, and a change may set. */
struct component_settings {
	uint16_t priority;   /* lower runs first */
	verdict_set proceed; /* after these verdicts the next component runs */
	verdict_set
		forbidden; /* these verdicts become aborted; aborted itself is never among them */
	enum on_failure on_failure;
};
