// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/program-source.h"

#include "base/cleanup.h"
#include "daemon/control/transaction/signing.h"

int program_source_receive(struct transaction *transaction, size_t n_sources,
			   struct program_source *const *sources)
{
	int result = 0;

	transaction->bundles = calloc(n_sources, sizeof(*transaction->bundles));
	if (!transaction->bundles)
		return error_memory(&transaction->error);
	for (size_t i = 0; result == 0 && i < n_sources; i++) {
		transaction->n_bundles = i + 1;
		result = bundle_receive(sources[i], &transaction->bundles[i], &transaction->error)
				 ?: signing_check_and_require(transaction, &transaction->bundles[i],
							      &transaction->error);
	}
	return result;
}

int program_source_add_options(struct component_spec *spec, const struct program_source *source,
			       struct error *error)
{
	spec->devbound |= source->devbound;
	return component_spec_set_values(spec, &source->values, error)
		       ?: map_shares_set(&spec->shares, &source->shares, source->n_pins,
					 source->pins, error);
}
