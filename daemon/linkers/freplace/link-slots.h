// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/generation.h"

/* Links the components, in order, to these functions of the rootlet. */
int link_slots(const struct linker *linker, const struct blueprint *blueprint,
	       struct rootlet *rootlet, const uint32_t *functions, size_t n_functions,
	       const struct join_result *join_results, struct generation **ret,
	       struct error *error);
