// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"
#include "daemon/kernel/component/copy.h"

/* How components are copied for a test. */
struct component_copying {
	struct transaction *transaction; /* errors are set in it */
	struct linker *linker;		 /* the linker that joins the copies */
	const struct component *policy;	 /* the policy of their chain; or NULL */
};

/*
 * Like component_copy(), but loads a component that makes tail calls again from its object, with the copies
 * of the maps, because the programs to which it jumps use maps as well. Programs that another tool put into
 * its program arrays are missing then, which is noted. The caller holds `*ret`.
 */
int copy_component(const struct component_copying *copying, const struct component *component,
		   struct map_copies *copies, struct component **ret);
