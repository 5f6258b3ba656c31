// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "base/json.h"
#include "object/elf.h"
#include "object/extension.h"
#include "object/kernel-versions.h"
#include "object/signature.h"
#include "object/test-load.h"
#include "parser/inspect/inspected.h"

#include <string.h>

/*
 * Kfuncs that read what the device knows about a packet; only programs that are bound to the device may call
 * them.
 */
#define DEVICE_KFUNCS "bpf_xdp_metadata_"

json_t *blocker_encode(struct error *error)
{
	json_t *encoded = json_pack("{s:o}", "message",
				    text_encode(error->message ?: "out of memory"));

	if (error->detail && *error->detail)
		json_object_set_new(encoded, "detail", text_encode(error->detail));
	error_done(error);
	return encoded;
}

static void add_blocker(json_t *blockers, struct error *error)
{
	if (error->id != ERROR_NONE)
		json_array_append_new(blockers, blocker_encode(error));
}

static void check_recursion(const struct inspected *program, struct error *error)
{
	if (program->depth.is_recursive)
		error_set(error, ERROR_VERIFIER_REJECTED, -EINVAL,
			  "'%s' calls itself; BPF programs must not be recursive",
			  program->function->name);
}

static void check_calls(const struct inspected *program, struct error *error)
{
	const char *name = program->function->name;

	if (program->depth.frames > FRAMES_MAX)
		error_set(error, ERROR_VERIFIER_REJECTED, -E2BIG,
			  "'%s' makes calls that are %u functions deep; the kernel allows %d", name,
			  program->depth.frames, FRAMES_MAX);
	else if (program->depth.least > STACK_MAX)
		error_set(error, ERROR_VERIFIER_REJECTED, -EACCES,
			  "the calls of '%s' need %u bytes of stack; the kernel allows %d", name,
			  program->depth.least, STACK_MAX);
	else if (program->depth.tail_calls &&
		 program->depth.above_tail_call > TAIL_CALL_STACK_MAX && program->depth.frames > 1)
		error_set(error, ERROR_VERIFIER_REJECTED, -EACCES,
			  "'%s' uses %u bytes of stack above a tail call; inside nested calls the "
			  "kernel allows %d",
			  name, program->depth.above_tail_call, TAIL_CALL_STACK_MAX);
}

static void check_helpers(const struct inspected *program, struct error *error)
{
	struct kernel_btf *kernel = program->subject->kernel;

	for (size_t i = 0; kernel && i < program->helpers.n_items; i++) {
		int number = program->helpers.items[i];
		const struct kernel_version *helper = kernel_version_of_helper(number);

		if (kernel_btf_have_helper(kernel, number))
			continue;
		error_set(error, ERROR_UNSUPPORTED, -ENOTSUP,
			  "'%s' calls %s (helper %d), which this kernel does not have",
			  program->function->name, helper ? helper->name : "an unknown function",
			  number);
	}
}

static void check_device_kfuncs(const struct inspected *program, struct error *error)
{
	for (size_t i = 0; i < program->externs.n_items; i++) {
		const struct kfunc *kfunc = subject_kfunc(program->subject,
							  program->externs.items[i]);

		if (kfunc && kfunc->state == KFUNC_RESOLVED &&
		    !strncmp(kfunc->name, DEVICE_KFUNCS, strlen(DEVICE_KFUNCS)))
			error_set(error, ERROR_UNSUPPORTED, -ENOTSUP,
				  "'%s' calls %s(), which only device-bound programs may do; bind "
				  "it with 'attach --devbound'",
				  program->function->name, kfunc->name);
	}
}

/*
 * Finds obstacles without loading the program. The verifier has the last word on stacks, because it does not
 * count code that is never reached: if it was asked, only checks that explain its refusal are made.
 */
static void look_for_blockers(const struct inspected *program, bool was_loaded, json_t *blockers)
{
	static const struct {
		void (*check)(const struct inspected *program, struct error *error);
		bool explains; /* it explains a refusal of the verifier */
	} rows[] = {
		{ check_device_kfuncs },
		{ check_recursion, .explains = true },
		{ check_calls },
		{ check_helpers },
	};
	struct error error = {};

	for (size_t i = 0; i < array_size(rows); i++) {
		if (was_loaded && !(rows[i].explains && json_array_size(blockers) > 0))
			continue;
		rows[i].check(program, &error);
		add_blocker(blockers, &error);
	}
}

/* Can the function replace the policy's slot? */
static void check_slot(const struct subject *subject, const struct signature *function,
		       struct error *error)
{
	cleanup(elf_free_btf) struct btf *policy = elf_read_btf(&subject->policy.blob);
	struct signature slot;

	if (!policy || signature_find(policy, subject->slot, &slot) < 0)
		error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT, "%s has no function '%s'",
			  subject->policy.label, subject->slot);
	else
		signature_check(function, &slot, error);
}

/* An XDP program needs no types, but without them it cannot be compared with a policy's slot. */
static void check_description(const struct inspected *program, struct error *error)
{
	const struct subject *subject = program->subject;

	if (subject->slot)
		error_set(
			error, ERROR_BAD_OBJECT, -EINVAL,
			"the type information (BTF) of %s does not describe '%s', so it cannot be "
			"compared with slot '%s'",
			subject->object.label, program->function->name, subject->slot);
}

/* A component gets only its context; functions in slots may get more. */
static void check_signature(const struct inspected *program, struct error *error)
{
	const struct subject *subject = program->subject;
	cleanup(elf_free_btf) struct btf *own = elf_read_btf(&subject->object.blob);
	struct signature function;
	int context;

	if (!own || signature_find(own, program->function->name, &function) < 0)
		check_description(program, error);
	else if (subject->slot)
		check_slot(subject, &function, error);
	else if (signature_arguments(&function, &context) > 1)
		error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			  "'%s' takes more arguments than the context; it fits only a policy slot "
			  "(xdpctl attach --slot), not a chain",
			  program->function->name);
}

/*
 * Asks the verifier, if that is possible; true if it was asked. It cannot check slots without their policy.
 */
static bool try_load(const struct inspected *program, const struct program_choice *choice,
		     json_t *encoded, json_t *blockers)
{
	struct verifier_work work;
	struct error error = {};
	int result;

	if (!program->subject->is_this_kernel || program->subject->slot)
		return false;
	result = test_load(&program->subject->object, choice, &work, &error);
	if (result == 0)
		json_object_set_new(encoded, "verified", json_integer(work.processed));
	add_blocker(blockers, &error);
	return result != -EPERM;
}

void add_blockers(const struct inspected *program, json_t *encoded, bool *ret_loaded)
{
	const struct subject *subject = program->subject;
	const char *name = program->function->name;
	json_t *blockers = json_array();
	struct program_choice choice;
	struct error error = {};
	bool was_loaded = false;

	if (kfuncs_check(&subject->kfuncs, subject->object.label, &error) < 0)
		add_blocker(blockers, &error);
	check_signature(program, &error);
	add_blocker(blockers, &error);
	check_needs(program, &error);
	add_blocker(blockers, &error);
	if (object_choose_opened(&subject->object, subject->opened, name, &choice, &error) < 0) {
		add_blocker(blockers, &error);
	} else {
		json_object_set_new(encoded, "frags", json_boolean(choice.frags));
		json_object_set_new(encoded, "priority", json_integer(choice.priority));
		json_object_set_new(encoded, "proceed_on", verdicts_encode(choice.proceed));
		if (json_array_size(blockers) == 0 &&
		    (!subject->chosen || !strcmp(subject->chosen, name)))
			was_loaded = try_load(program, &choice, encoded, blockers);
	}
	look_for_blockers(program, was_loaded, blockers);
	json_object_set_new(encoded, "obstacles", blockers);
	*ret_loaded |= was_loaded;
}

/* A program with exceptions cannot become part of another program. */
static bool needs_extension(const struct inspected *program)
{
	for (size_t i = 0; i < program->externs.n_items; i++) {
		const struct kfunc *kfunc = subject_kfunc(program->subject,
							  program->externs.items[i]);

		if (kfunc && kfunc->state == KFUNC_RESOLVED && !strcmp(kfunc->name, "bpf_throw"))
			return true;
	}
	return false;
}

static bool is_called(const struct inspected *program)
{
	return program->depth.tail_calls || program->callbacks;
}

static bool fills_stack(const struct inspected *program)
{
	return program->depth.frames == FRAMES_MAX ||
	       program->depth.bytes + FRAME_ROUND > STACK_MAX;
}

/* The daemon runs the same check before it loads an object. */
static void note_no_extension(const struct inspected *program, json_t *notes)
{
	const struct subject *subject = program->subject;
	cleanup(freep) char *obstacle = NULL;
	struct program_choice choice;
	bool frags = object_choose_opened(&subject->object, subject->opened,
					  program->function->name, &choice, NULL) == 0 &&
		     choice.frags;

	if (subject->slot ||
	    extension_find_obstacle(subject->opened, program->function->name, &obstacle) < 0)
		return;
	if (!obstacle && extension_find_map_obstacle(subject->opened, frags, &obstacle) < 0)
		return;
	if (obstacle)
		json_array_append_new(notes,
				      json_sprintf("it cannot be an extension, so its chain is "
						   "fused at once: %s",
						   obstacle));
}

/* What the program can become part of; the linkers check more when they get it. */
void add_notes(const struct inspected *program, json_t *encoded)
{
	static const struct {
		bool (*applies)(const struct inspected *program);
		const char *note;
	} rows[] = {
		{ needs_extension, "it throws exceptions, so only the linker freplace accepts it" },
		{ is_called, "it makes tail calls or has callbacks, so a fused chain calls it "
			     "instead of inlining it" },
		{ fills_stack, "it uses all frames or nearly all stack, so it may not fit into a "
			       "fused chain with others" },
	};
	json_t *notes = json_array();

	for (size_t i = 0; i < array_size(rows); i++)
		if (rows[i].applies(program))
			json_array_append_new(notes, json_string(rows[i].note));
	note_no_extension(program, notes);
	json_object_set_new(encoded, "notes", notes);
}
