// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/edit/apply-policy.h"

#include "base/cleanup.h"
#include "daemon/control/edit/apply-objects.h"
#include "daemon/control/edit/apply-settings.h"
#include "daemon/control/edit/grant-check.h"
#include "daemon/control/edit/policy.h"
#include "daemon/control/transaction/signing.h"

#include <stdio.h>
#include <stdlib.h>

/* Formats "sha256:HEX program", with the libraries before the program; to be freed. */
static char *describe_policy(const struct component_spec *spec)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	fprintf(stream, "sha256:%s", spec->sha256);
	for (size_t i = 0; i < spec->n_libraries; i++)
		fprintf(stream, " sha256:%s", spec->libraries[i].sha256);
	fprintf(stream, " %s", spec->program);
	if (fclose(stream) != 0)
		free(steal(text));
	return text;
}

/* Policies are the same if their texts are. */
static int decide(struct target *target, const char *owner, const struct component_spec *before,
		  const struct component_spec *wanted, struct plan *plan, bool *ret_changes,
		  struct error *error)
{
	cleanup(freep) char *old = before ? describe_policy(before) : NULL;
	cleanup(freep) char *new = wanted ? describe_policy(wanted) : NULL;
	const struct apply_setting setting = { "policy", old, new };

	if ((before && !old) || (wanted && !new))
		return error_memory(error);
	return apply_setting_decide(target, owner, &setting, plan, ret_changes, error);
}

int apply_policy(struct transaction *transaction, size_t number, struct target *target,
		 struct plan *plan)
{
	const struct apply_options *options = transaction->change->options;
	struct error *error = &transaction->error;
	const struct apply_device *wanted = number < options->n_devices ? &options->devices[number]
									: NULL;
	const struct entry *before = target->wanted.policy;
	cleanup(component_spec_done) struct component_spec spec = {};
	struct bundle *bundle = NULL;
	bool changes;
	int result = 0;

	if (wanted && wanted->policy)
		result = apply_objects_get(transaction, wanted->policy, &bundle, &spec);
	if (result < 0) {
		error_prefix(error, "devices[%zu].policy: ", number);
		return result;
	}
	result = decide(target, options->owner, before ? &before->spec : NULL,
			bundle ? &spec : NULL, plan, &changes, error);
	if (result == 0)
		result = grant_check_setting(transaction, target, "policy", changes, error);
	if (result < 0 || !changes)
		return result;
	if (!bundle)
		return policy_clear(transaction, target, true, error);
	return signing_require(transaction, bundle, error)
		       ?: policy_set(transaction, target, &spec, bundle, true, error);
}
