// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/linkers/blueprint.h"

/*
 * Completes the plan of who traces the blueprint with the maps that only the traced program itself uses, as far as it
 * needs them; an untraced one gets an empty plan. trace_maps_close() closes them, after the program was loaded or not.
 */
int trace_maps_open(const struct blueprint *blueprint, struct trace_plan *ret, struct error *error);
void trace_maps_close(struct trace_plan *plan);
