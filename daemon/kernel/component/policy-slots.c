// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/component/policy-slots.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

void policy_slots_done(struct policy_slots *slots)
{
	btf__free(slots->btf);
	free(slots->items);
	*slots = (struct policy_slots){};
}

int policy_slots_read(const struct component *policy, struct policy_slots *ret, struct error *error)
{
	const struct program_code *code = &policy->code;
	cleanup(policy_slots_done) struct policy_slots slots = { .btf = program_code_btf(code) };

	slots.items = calloc(code->n_functions + 1, sizeof(*slots.items));
	if (!slots.items)
		return error_memory(error);
	if (!code->n_instructions)
		return error_set(error, ERROR_BAD_STATE, -ENODATA,
				 "the slots of policy '%s' are unknown, because its object is no "
				 "longer in the store; supply a new one with 'xdpctl policy set'",
				 policy->spec.program);
	for (size_t i = 1; slots.btf && i < code->n_functions; i++) {
		const struct signature function = { slots.btf, code->functions[i].type_id };

		if (signature_is_global(&function))
			slots.items[slots.n_items++] = function;
	}
	if (!slots.n_items)
		return error_set(error, ERROR_BAD_OBJECT, -EINVAL,
				 "'%s' of %s has no slots: it calls no global function that the "
				 "type information (BTF) describes",
				 policy->spec.program, policy->spec.label);
	*ret = slots;
	slots = (struct policy_slots){};
	return 0;
}

char *policy_slots_list(const struct policy_slots *slots)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < slots->n_items; i++)
		fprintf(stream, "%s'%s'",
			!i			  ? ""
			: i + 1 == slots->n_items ? " and "
						  : ", ",
			signature_name(&slots->items[i]));
	fclose(stream);
	return text;
}

static int no_slot(const struct policy_slots *slots, const char *name, struct error *error)
{
	cleanup(freep) char *list = policy_slots_list(slots);
	struct signature function;

	if (signature_find(slots->btf, name, &function) < 0)
		return error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT,
				 "the policy has no slot '%s'; its slots are %s", name,
				 list ?: "?");
	if (!signature_is_global(&function))
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "'%s' is a static function of the policy, and only global "
				 "functions are slots; its slots are %s",
				 name, list ?: "?");
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "'%s' is not a slot of the policy, whose program does not call it; its "
			 "slots are %s",
			 name, list ?: "?");
}

int policy_slots_find(const struct policy_slots *slots, const char *name,
		      const struct signature **ret, struct error *error)
{
	for (size_t i = 0; i < slots->n_items; i++) {
		if (strcmp(signature_name(&slots->items[i]), name) != 0)
			continue;
		*ret = &slots->items[i];
		return 0;
	}
	return no_slot(slots, name, error);
}
