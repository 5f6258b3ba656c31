#pragma once

#include "daemon/control/transaction/transaction.h"
#include "daemon/kernel/component/copy.h"

/* How components are copied to be tried. */
struct component_copying {
	struct transaction *transaction; /* whose error is set */
	struct linker *linker;		 /* that joins the copies */
	const struct component *policy;	 /* of their chain; or NULL */
};

/*
 * component_copy(). A component that makes tail calls is loaded again from its object, on the copies of the
 * maps, because the programs that it jumps to use maps, too. Programs that another tool put into its program
 * arrays are missing then, which is noted. `*ret` is held.
 */
int copy_component(const struct component_copying *copying, const struct component *component,
		   struct map_copies *copies, struct component **ret);
