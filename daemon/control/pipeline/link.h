// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"
#include "daemon/linkers/blueprint.h"

/*
 * Builds the generation that runs the target's wanted chain, beside what the device runs. On the
 * worker; packets see nothing of it.
 */
int link_generation(struct transaction *transaction, struct target *target);

/*
 * Describes that generation, without its pins and who lists it. `placements` gets its components, and `visit`
 * may enter the namespace of the device. A transaction that fuses describes the fused generation.
 */
int link_describe(struct transaction *transaction, struct target *target, struct blueprint *ret,
		  struct placement placements[static ROOTLET_SLOTS], struct netns_visit *visit);
