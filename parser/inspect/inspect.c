// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "parser/inspect/inspect.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "object/elf.h"
#include "object/link-check.h"
#include "parser/inspect/encode.h"

#include <string.h>

static void subject_done(struct subject *subject)
{
	kfuncs_done(&subject->kfuncs);
	kernel_btf_drop(&subject->kernel);
	elf_code_done(&subject->elf_code);
	bpf_object__close(subject->opened);
}

/* Libraries were checked when they were linked. */
static int check_object(const struct inspection *inspection, struct error *error)
{
	const struct object *object = &inspection->object;

	return elf_check(&object->blob, object->label, error)
		       ?: (inspection->is_linked ? 0 : static_link_check(object, 0, NULL, error));
}

static int check_policy(const struct inspection *inspection, struct error *error)
{
	const struct object *policy = &inspection->policy;

	return inspection->slot ? elf_check(&policy->blob, policy->label, error) : 0;
}

/*
 * If the running kernel has no types, the report goes on without; if the given file has none, that is an
 * error.
 */
static int read_kernel(const struct inspection *inspection, struct subject *subject,
		       struct error *error)
{
	struct error unknown = {};
	int result;

	subject->is_this_kernel = !inspection->btf;
	if (inspection->btf)
		return kernel_btf_open(inspection->btf, &subject->kernel, error);
	result = kernel_btf_open(NULL, &subject->kernel, &unknown);
	error_done(&unknown);
	return result == -ENOMEM ? error_memory(error) : 0;
}

static int read_subject(const struct inspection *inspection, struct subject *ret,
			struct error *error)
{
	int result = check_object(inspection, error) ?: check_policy(inspection, error);

	if (result == 0)
		result = object_open(&ret->object, NULL, &ret->opened, error);
	if (result == 0)
		result = elf_code_read(&ret->object.blob, ret->object.label, &ret->elf_code, error);
	if (result == 0)
		result = read_kernel(inspection, ret, error);
	if (result == 0)
		result = kfuncs_resolve(&ret->object, ret->kernel, &ret->kfuncs, error);
	return result;
}

/*
 * Reads what can be read of an object that libbpf cannot open, for example because it has maps without
 * types. False: that is nothing, or something else is wrong.
 */
static bool read_unopened(const struct inspection *inspection, struct subject *subject)
{
	const struct object *object = &subject->object;

	if (!subject->kernel)
		read_kernel(inspection, subject, NULL);
	return !subject->opened && !inspection->slot && !inspection->is_linked &&
	       elf_check_layout(&object->blob, object->label, NULL) == 0 &&
	       elf_code_read(&object->blob, object->label, &subject->elf_code, NULL) == 0;
}

static const json_t *find_program(const json_t *programs, const char *name)
{
	const json_t *program;
	size_t i;

	json_array_foreach(programs, i, program)
	{
		if (!strcmp(json_string_value(json_object_get(program, "name")), name))
			return program;
	}
	return NULL;
}

/* Would attach work? Adds the program that it would choose, with its obstacles; `unread` is one, or empty. */
static void add_answer(json_t *inspected, const struct subject *subject, struct error *unread)
{
	json_t *blockers = json_array();
	const json_t *program = NULL;
	struct program_choice choice;
	struct error error = {};

	if (unread->id != ERROR_NONE) {
		json_array_append_new(blockers, blocker_encode(unread));
	} else if (object_choose_opened(&subject->object, subject->opened, subject->chosen, &choice,
					&error) < 0) {
		json_array_append_new(blockers, blocker_encode(&error));
	} else {
		json_object_set_new(inspected, "program", text_encode(choice.name));
		program = find_program(json_object_get(inspected, "programs"), choice.name);
	}
	json_array_extend(blockers, json_object_get(program, "obstacles"));
	json_object_set_new(inspected, "attachable", json_boolean(!json_array_size(blockers)));
	json_object_set_new(inspected, "obstacles", blockers);
}

int object_inspect(const struct inspection *inspection, json_t **ret, struct error *error)
{
	cleanup(subject_done) struct subject subject = {
		.object = inspection->object,
		.policy = inspection->policy,
		.slot = inspection->slot,
		.chosen = inspection->program,
	};
	json_t *inspected, *programs;
	bool loaded = false;
	cleanup(error_done) struct error unread = {};
	int result = read_subject(inspection, &subject, &unread);

	if (result < 0 && (result == -ENOMEM || !read_unopened(inspection, &subject))) {
		error_move(error, &unread);
		return result;
	}
	programs = programs_encode(&subject, &loaded);
	inspected = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}",
			      "file", text_encode(subject.object.label), "object",
			      json_sprintf("sha256:%s", subject.object.sha256), "kernel",
			      text_encode(inspection->kernel), "programs", programs, "functions",
			      functions_encode(&subject), "maps", maps_encode(&subject),
			      "variables", variables_encode(&subject), "kfuncs",
			      kfuncs_encode(&subject), "groups", groups_encode(&subject), "needs",
			      policy_functions_encode(&subject, MARK_NEEDED), "offers",
			      policy_functions_encode(&subject, MARK_OFFERED), "loaded", loaded);
	if (!inspected)
		return error_memory(error);
	add_answer(inspected, &subject, &unread);
	*ret = inspected;
	return 0;
}
