// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Takes the objects of the sources, in their order, into the bundles of the transaction. Errors as with
 * bundle_receive() and signing_check_and_require().
 */
int program_source_receive(struct transaction *transaction, size_t n_sources,
			   struct program_source *const *sources);

/* Adds to the spec the options of the change's source besides the program. */
int program_source_add_options(struct component_spec *spec, const struct program_source *source,
			       struct error *error);
