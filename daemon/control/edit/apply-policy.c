// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/edit/apply-policy.h"

#include "base/cleanup.h"
#include "daemon/control/edit/apply-objects.h"
#include "daemon/control/edit/apply-settings.h"
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

static int note_policy(struct plan *plan, const struct component_spec *before,
		       const struct component_spec *after, struct error *error)
{
	cleanup(freep) char *old = before ? describe_policy(before) : NULL;
	cleanup(freep) char *new = after ? describe_policy(after) : NULL;

	if ((before && !old) || (after && !new))
		return error_memory(error);
	return plan_compare(plan, "policy", old, new, error);
}

static int refuse_policy(const struct target *target, const struct entry *before,
			 const struct component_spec *wanted, const char *owner,
			 struct error *error)
{
	cleanup(freep) char *old = describe_policy(&before->spec);
	cleanup(freep) char *new = describe_policy(wanted);

	if (!old || !new)
		return error_memory(error);
	return apply_refuse_setting(target->ifname, "policy", old, owner, new, error);
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
	int result = 0;

	if (options->owner && (!wanted || !wanted->policy))
		return 0;
	if (wanted->policy)
		result = apply_objects_get(transaction, wanted->policy, &bundle, &spec);
	if (result < 0) {
		error_prefix(error, "devices[%zu].policy: ", number);
		return result;
	}
	if ((!before && !bundle) ||
	    (before && bundle && component_spec_equal(&before->spec, &spec)))
		return 0;
	if (options->owner && before)
		return refuse_policy(target, before, &spec, options->owner, error);
	result = note_policy(plan, before ? &before->spec : NULL, bundle ? &spec : NULL, error);
	if (result < 0)
		return result;
	if (!bundle)
		return policy_clear(transaction, target, true, error);
	return signing_require(transaction, bundle, error)
		       ?: policy_set(transaction, target, &spec, bundle, true, error);
}
