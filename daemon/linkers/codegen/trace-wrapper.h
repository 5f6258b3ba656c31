// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/linkers/codegen/layout.h"

/*
 * A wrapper is a function that stands for a component in a slot of a policy: it calls the component with the same
 * arguments, records what it returns for tracers that want the whole journey of a packet, and returns that.
 */

/* The instruction of a wrapper that calls the component; whoever lays it out sets the distance. */
#define TRACE_WRAPPER_CALL 1

/*
 * Makes the wrapper of the component that records call `row`; `context` is the argument that is the context, from 0.
 * `ret` gets the instructions and the one block that traces. Makes no system call. -ENOMEM. Free with
 * layout_done().
 */
int trace_wrapper(const struct trace_plan *plan, size_t row, int context, struct layout *ret);
