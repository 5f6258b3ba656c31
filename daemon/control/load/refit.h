// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * If the wanted chain of the target does not accept multi-buffer packets, loads those of its components
 * again that were loaded for one that does, and that have maps that hold programs (object/extension.h). They
 * keep the entries of these maps. Extensions with a limit (`map_limit` of the component) are loaded again as
 * XDP programs if the chain can be fused now. Errors: as with load_successor().
 */
int refit_components(const struct transaction *transaction, struct target *target,
		     struct error *error);

/* Does the chain of the target have XDP programs that may be loaded again as extensions? */
bool refit_is_possible(const struct target *target);

/*
 * Loads these again as extensions, because the chain cannot be fused, as `unfused` says. Their maps are then
 * of limited use (`map_limit` of the component). They keep their maps, as far as extensions can use them.
 * Errors: that of `unfused`, whose sentence then says also why a component cannot be an extension.
 */
int refit_as_extensions(const struct transaction *transaction, struct target *target,
			const struct error *unfused, struct error *error);
