// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/generation.h"
#include "daemon/linkers/linker.h"

/* Implements linker_type.build() for a blueprint with a policy. */
int freplace_build_policy(struct linker *linker, const struct blueprint *blueprint,
			  struct generation **ret, struct error *error);
