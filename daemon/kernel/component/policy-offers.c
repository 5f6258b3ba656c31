// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/component/policy-offers.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "object/function-mark.h"

#include <stdio.h>
#include <string.h>

void policy_offers_done(struct policy_offers *offers)
{
	btf__free(offers->btf);
	free(offers->items);
	*offers = (struct policy_offers){};
}

static int unknown(const struct component *component, struct error *error)
{
	return error_set(error, ERROR_BAD_STATE, -ENODATA,
			 "the functions of '%s' are unknown, because its object is no longer in "
			 "the store, or the kernel does not accept its type information (BTF)",
			 component->spec.program);
}

static int add_offers(const struct component *policy, const struct strings *marked,
		      struct policy_offers *offers, struct error *error)
{
	const struct program_code *code = &policy->code;

	offers->items = calloc(code->n_functions + 1, sizeof(*offers->items));
	if (!offers->items)
		return error_memory(error);
	for (size_t i = 1; i < code->n_functions; i++) {
		const struct signature function = { offers->btf, code->functions[i].type_id };

		if (!signature_is_global(&function) &&
		    strings_have(marked, signature_name(&function)))
			offers->items[offers->n_items++] = (struct offer){ function, i };
	}
	return 0;
}

int policy_offers_read(const struct component *policy, struct policy_offers *ret,
		       struct error *error)
{
	cleanup(strings_done) struct strings marked = {};
	struct policy_offers offers = { .btf = program_code_btf(&policy->code) };
	int result = 0;

	if (!offers.btf)
		return unknown(policy, error);
	if (function_marks_read(offers.btf, MARK_OFFERED, &marked) < 0)
		result = error_memory(error);
	if (result == 0)
		result = add_offers(policy, &marked, &offers, error);
	if (result < 0)
		policy_offers_done(&offers);
	else
		*ret = offers;
	return result;
}

static const struct offer *find_offer(const struct policy_offers *offers, const char *name)
{
	for (size_t i = 0; i < offers->n_items; i++)
		if (!strcmp(signature_name(&offers->items[i].signature), name))
			return &offers->items[i];
	return NULL;
}

/* "it offers 'a', 'b'", or that it offers none. The caller frees it; NULL: no memory. */
static char *list_offers(const struct policy_offers *offers)
{
	cleanup(freep) char *list = NULL;
	char *text;

	for (size_t i = 0; i < offers->n_items; i++)
		if (names_append(&list, signature_name(&offers->items[i].signature)) < 0)
			return NULL;
	return asprintf(&text, list ? "it offers %s" : "it offers no function", list) < 0 ? NULL
											  : text;
}

/* The program of a policy contains only functions that it calls. */
static const char *why_not_offered(const struct policy_offers *offers, const struct strings *marked,
				   const char *name)
{
	struct signature function;

	if (strings_have(marked, name))
		return "declares it as offered, but its program does not call it, so it does not "
		       "contain it; call it in the policy";
	if (signature_find(offers->btf, name, &function) == 0)
		return "has a function of that name, but does not offer it; declare it with "
		       "XDPD_OFFER in the policy";
	return NULL;
}

static int not_offered(const struct component *policy, const struct component *component,
		       const struct policy_offers *offers, const char *name, struct error *error)
{
	cleanup(strings_done) struct strings marked = {};
	cleanup(freep) char *list = list_offers(offers);
	const char *why;

	if (!list || function_marks_read(offers->btf, MARK_OFFERED, &marked) < 0)
		return error_memory(error);
	why = why_not_offered(offers, &marked, name);
	if (why)
		return error_set(
			error, ERROR_INVALID_ARGUMENT, -ENOENT,
			"'%s' needs the function '%s' of its policy, and the policy '%s' %s",
			component->spec.program, name, policy->spec.program, why);
	return error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT,
			 "'%s' needs the function '%s', which the policy '%s' does not offer (%s); "
			 "set a policy that offers it with 'xdpctl policy set'",
			 component->spec.program, name, policy->spec.program, list);
}

static int no_policy(const struct component *component, const char *name, struct error *error)
{
	return error_set(
		error, ERROR_INVALID_ARGUMENT, -ENOENT,
		"'%s' needs the function '%s', which only a policy can offer; set a policy "
		"that offers it with 'xdpctl policy set', and attach the component to a "
		"slot of it with --slot",
		component->spec.program, name);
}

static int find_function(const struct component *policy, const struct component *component,
			 const struct policy_offers *offers, const struct signature *needed,
			 size_t *ret, struct error *error)
{
	const struct offer *offer = find_offer(offers, signature_name(needed));
	int result;

	if (!policy)
		return no_policy(component, signature_name(needed), error);
	if (!offer)
		return not_offered(policy, component, offers, signature_name(needed), error);
	result = signature_check_offer(needed, &offer->signature, error);
	if (result < 0 && error && error->id == ERROR_INVALID_ARGUMENT)
		error_prefix(error, "'%s' does not fit the policy '%s': ", component->spec.program,
			     policy->spec.program);
	*ret = offer->function;
	return result;
}

static int resolve(const struct component *policy, const struct component *component,
		   const struct policy_offers *offers, const struct btf *btf, size_t *functions,
		   struct error *error)
{
	const struct program_code *code = &component->code;
	cleanup(strings_done) struct strings needed = {};
	int result = 0;

	if (function_marks_read(btf, MARK_NEEDED, &needed) < 0)
		return error_memory(error);
	if (!needed.n_items) /* described by us, so which functions stand for others is unknown */
		return unknown(component, error);
	for (size_t i = 0; result == 0 && i < code->n_functions; i++) {
		const struct signature function = { btf, code->functions[i].type_id };

		functions[i] = OFFER_NONE;
		if (i > 0 && strings_have(&needed, signature_name(&function)))
			result = find_function(policy, component, offers, &function, &functions[i],
					       error);
	}
	return result;
}

int policy_offers_resolve(const struct component *policy, const struct component *component,
			  size_t **ret, struct error *error)
{
	cleanup(policy_offers_done) struct policy_offers offers = {};
	cleanup(freep) size_t *functions = NULL;
	struct btf *btf;
	int result;

	*ret = NULL;
	if (!component->needs.n_items)
		return 0;
	result = policy ? policy_offers_read(policy, &offers, error) : 0;
	if (result < 0)
		return result;
	functions = calloc(component->code.n_functions + 1, sizeof(*functions));
	if (!functions)
		return error_memory(error);
	btf = program_code_btf(&component->code);
	result = btf ? resolve(policy, component, &offers, btf, functions, error)
		     : unknown(component, error);
	btf__free(btf);
	if (result == 0)
		*ret = steal(functions);
	return result;
}

int policy_offers_check(const struct component *policy, const struct component *component,
			struct error *error)
{
	cleanup(freep) size_t *functions = NULL;

	return policy_offers_resolve(policy, component, &functions, error);
}
