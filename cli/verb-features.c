// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/show.h"
#include "cli/verb.h"

#include <inttypes.h>
#include <stdio.h>

static const struct option_row options[] = { {} };

static void show(const json_t *parameters)
{
	json_t *feature;
	size_t i;

	printf("kernel %s\n", reply_text(parameters, "kernel"));
	printf("linker %s (%s)\n", reply_text(parameters, "linker"), reply_text(parameters, "why"));
	printf("up to %" PRIu64 " components on a device\n\n",
	       reply_number(parameters, "components_max"));
	json_array_foreach(json_object_get(parameters, "features"), i, feature)
	{
		bool available = json_is_true(json_object_get(feature, "available"));

		printf("%-3s %-14s %s\n", available ? "yes" : "no", reply_text(feature, "name"),
		       reply_text(feature, "purpose"));
		printf("%19s%s\n", "", reply_text(feature, "why"));
	}
}

const struct verb verb_features = {
	.name = "features",
	.summary = "Show what this kernel supports and which linker is used.",
	.method = METHOD_FEATURES,
	.options = options,
	.show = show,
};
