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
 * component_copy(), and for what makes tail calls its object loaded anew on the copies: the programs
 * that it jumps to have maps, too. Those that somebody else put into its program arrays are missing then,
 * and that is noted. `*ret` is held.
 */
int copy_component(const struct component_copying *copying, const struct component *component,
		   struct map_copies *copies, struct component **ret);
