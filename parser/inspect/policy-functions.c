// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Functions that a policy offers to components (bpf/include/offer.h), and those that a component needs. */
#include "base/cleanup.h"
#include "base/json.h"
#include "object/elf.h"
#include "object/function-mark.h"
#include "object/signature.h"
#include "parser/inspect/inspected.h"

static json_t *function_encode(const struct btf *btf, const char *name)
{
	cleanup(freep) char *prototype = NULL;
	struct signature function;

	if (signature_find(btf, name, &function) == 0)
		prototype = signature_format(&function);
	return json_pack("{s:s, s:o}", "name", name, "prototype", text_encode(prototype ?: name));
}

json_t *policy_functions_encode(const struct subject *subject, enum function_mark mark)
{
	const struct btf *btf = bpf_object__btf(subject->opened);
	cleanup(strings_done) struct strings names = {};
	json_t *list = json_array();

	if (btf)
		function_marks_read(btf, mark, &names);
	for (size_t i = 0; i < names.n_items; i++)
		json_array_append_new(list, function_encode(btf, names.items[i]));
	return list;
}

/* Does the policy in the request offer the function? */
static void check_offer(const struct subject *subject, const struct btf *own, const char *program,
			const char *name, struct error *error)
{
	cleanup(elf_free_btf) struct btf *policy = elf_read_btf(&subject->policy.blob);
	cleanup(strings_done) struct strings offered = {};
	struct signature needed, offer;

	if (policy)
		function_marks_read(policy, MARK_OFFERED, &offered);
	if (!strings_have(&offered, name) || signature_find(policy, name, &offer) < 0 ||
	    signature_find(own, name, &needed) < 0)
		error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT,
			  "'%s' needs the function '%s', which %s does not offer", program, name,
			  subject->policy.label);
	else
		signature_check_offer(&needed, &offer, error);
}

static void check_need(const struct subject *subject, const struct btf *own, const char *program,
		       const char *name, struct error *error)
{
	if (subject->slot)
		check_offer(subject, own, program, name, error);
	else
		error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT,
			  "'%s' needs the function '%s' of a policy, so it fits only a slot of a "
			  "policy that offers it (xdpctl attach --slot), not a chain",
			  program, name);
}

void check_needs(const struct inspected *program, struct error *error)
{
	const struct subject *subject = program->subject;
	const struct btf *own = bpf_object__btf(subject->opened);
	cleanup(strings_done) struct strings needed = {};

	if (own)
		function_marks_read(own, MARK_NEEDED, &needed);
	for (size_t i = 0; i < program->functions.n_items; i++) {
		int number = program->functions.items[i];
		const char *name = subject->elf_code.functions[number].name;

		if (error->id == ERROR_NONE && strings_have(&needed, name))
			check_need(subject, own, program->function->name, name, error);
	}
}
