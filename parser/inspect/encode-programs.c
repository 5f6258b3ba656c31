// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "base/json.h"
#include "object/elf.h"
#include "object/kernel-versions.h"
#include "object/verifier-log.h"
#include "parser/inspect/inspected.h"

#include <string.h>

static void inspected_done(struct inspected *program)
{
	numbers_done(&program->helpers);
	numbers_done(&program->externs);
	numbers_done(&program->functions);
}

static int add_all(struct numbers *to, const struct numbers *from)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < from->n_items; i++)
		result = numbers_add(to, from->items[i]);
	return result;
}

/* Adds the functions that a function calls, until no function calls one that is missing. */
static int follow_calls(struct inspected *program)
{
	const struct elf_code *elf_code = &program->subject->elf_code;
	int result = numbers_add(&program->functions, program->function - elf_code->functions);

	for (size_t i = 0; result == 0 && i < program->functions.n_items; i++) {
		const struct function *function = &elf_code->functions[program->functions.items[i]];

		program->instructions += function->length;
		program->callbacks |= function->callbacks;
		result = add_all(&program->functions, &function->callees)
				 ?: add_all(&program->helpers, &function->helpers)
				 ?: add_all(&program->externs, &function->externs);
	}
	return result ?: stack_depth_measure(elf_code, program->function, &program->depth);
}

static json_t *helper_encode(struct kernel_btf *kernel, int number)
{
	const struct kernel_version *helper = kernel_version_of_helper(number);
	json_t *encoded = json_pack("{s:o}", "name",
				    helper ? json_string(helper->name)
					   : json_sprintf("helper %d", number));

	if (helper)
		json_object_set_new(encoded, "since", json_string(helper->version));
	if (kernel)
		json_object_set_new(encoded, "here",
				    json_boolean(kernel_btf_have_helper(kernel, number)));
	return encoded;
}

static json_t *helpers_encode(const struct inspected *program)
{
	json_t *list = json_array();

	for (size_t i = 0; i < program->helpers.n_items; i++)
		json_array_append_new(
			list, helper_encode(program->subject->kernel, program->helpers.items[i]));
	return list;
}

static json_t *kfunc_names(const struct inspected *program)
{
	json_t *list = json_array();

	for (size_t i = 0; i < program->externs.n_items; i++) {
		const struct kfunc *kfunc = subject_kfunc(program->subject,
							  program->externs.items[i]);

		if (kfunc)
			json_array_append_new(list, text_encode(kfunc->name));
	}
	return list;
}

static bool is_chosen(const struct inspected *program)
{
	const char *chosen = program->subject->chosen;

	return chosen && !strcmp(chosen, program->function->name);
}

static json_t *program_encode(const struct inspected *program, enum program_kind kind,
			      bool *ret_loaded)
{
	json_t *encoded =
		json_pack("{s:o, s:o, s:s, s:I, s:I, s:i, s:I, s:i, s:b, s:b, s:o, s:o}", "name",
			  text_encode(program->function->name), "section",
			  text_encode(program->function->section), "kind", program_kind_name(kind),
			  "instructions", (json_int_t)program->instructions, "frames",
			  (json_int_t)program->depth.frames, "frames_max", FRAMES_MAX, "stack",
			  (json_int_t)program->depth.bytes, "stack_max", STACK_MAX, "tail_calls",
			  program->depth.tail_calls, "callbacks", program->callbacks, "helpers",
			  helpers_encode(program), "kfuncs", kfunc_names(program));

	if (encoded && !program->subject->opened)
		json_object_set_new(encoded, "notes", json_array());
	else if (encoded)
		add_notes(program, encoded);
	if (encoded && program->subject->opened && (kind == PROGRAM_XDP || is_chosen(program)))
		add_blockers(program, encoded, ret_loaded);
	return encoded;
}

static json_t *read_programs_encode(const struct subject *subject, bool *ret_loaded)
{
	cleanup(tail_callees_done) struct tail_callees callees = {};
	json_t *list = json_array();
	struct bpf_program *opened;

	tail_callees_read(&subject->object.blob, &callees, NULL);
	bpf_object__for_each_program(opened, subject->opened)
	{
		cleanup(inspected_done) struct inspected program = {
			.subject = subject,
			.function = elf_code_find(&subject->elf_code, bpf_program__name(opened)),
		};

		if (!program.function || follow_calls(&program) < 0)
			continue;
		json_array_append_new(list, program_encode(&program,
							   object_program_kind(&callees, opened),
							   ret_loaded));
	}
	return list;
}

/* What libbpf cannot read is known only from the names of sections. */
static json_t *unread_programs_encode(const struct subject *subject, bool *ret_loaded)
{
	json_t *list = json_array();

	for (size_t i = 0; i < subject->elf_code.n_functions; i++) {
		const struct function *function = &subject->elf_code.functions[i];
		cleanup(inspected_done) struct inspected program = { subject, function };
		enum program_kind kind = !strncmp(function->section, "xdp", strlen("xdp"))
						 ? PROGRAM_XDP
						 : PROGRAM_OTHER;

		if (function->is_program && function->is_global && follow_calls(&program) == 0)
			json_array_append_new(list, program_encode(&program, kind, ret_loaded));
	}
	return list;
}

json_t *programs_encode(const struct subject *subject, bool *ret_loaded)
{
	if (!subject->opened)
		return unread_programs_encode(subject, ret_loaded);
	return read_programs_encode(subject, ret_loaded);
}
