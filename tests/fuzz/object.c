// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* An object, read by everything that reads it before libbpf does, and beside it. */
#include "object/object.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "object/c-declaration.h"
#include "object/elf-code.h"
#include "object/elf.h"
#include "object/function-mark.h"
#include "object/global-variable-format.h"
#include "object/global-variable.h"
#include "object/kfuncs.h"
#include "object/libbpf-log.h"
#include "object/link-check.h"
#include "object/possible-verdicts.h"
#include "object/signature.h"
#include "object/stack-depth.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/fake-kernel-btf.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 200
/* Only so many types and functions are analysed, so that an input does not take too long. */
#define SOME 256

/* The types of a kernel, for kfuncs. */
static struct kernel_btf *kernel;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct fake_kernel_btf file;

	(void)argc;
	(void)argv;
	libbpf_log_init();
	fake_kernel_btf_write(&file, true);
	if (kernel_btf_open(file.path, &kernel, NULL) < 0)
		abort();
	fake_kernel_btf_remove(&file);
	return 0;
}

static void read_image(const struct object *object)
{
	struct elf_code image;
	struct stack_depth depth;

	if (elf_code_read(&object->blob, object->label, &image, NULL) < 0)
		return;
	for (size_t i = 0; i < image.n_functions && i < SOME; i++) {
		const struct function *function = &image.functions[i];

		if (stack_depth_measure(&image, function, &depth) < 0)
			abort();
		possible_verdicts(function->instructions, function->length);
		elf_code_find(&image, function->name);
	}
	elf_code_done(&image);
}

static void read_kfuncs(const struct object *object)
{
	cleanup(error_done) struct error error = {};
	struct kfuncs kfuncs;

	if (kfuncs_resolve(object, kernel, &kfuncs, &error) < 0)
		return;
	kfuncs_check(&kfuncs, object->label, &error);
	kfuncs_done(&kfuncs);
}

static void compare_functions(const struct signature *one, const struct signature *other)
{
	cleanup(error_done) struct error error = {};
	int context;

	free(signature_format(one));
	signature_arguments(one, &context);
	signature_is_global(one);
	signature_check(one, other, &error);
	error_done(&error);
	signature_check_offer(one, other, &error);
	signature_points_to(one, "xdp_md");
}

static void read_marks(const struct btf *btf)
{
	for (enum function_mark mark = 0; mark < MARK_COUNT; mark++) {
		cleanup(strings_done) struct strings names = {};

		function_marks_read(btf, mark, &names);
	}
}

/* Declares each type, and compares each function with the one before it. */
static void read_types(const struct btf *btf)
{
	struct signature before = {};

	for (__u32 id = 0; id < btf__type_cnt(btf) && id < SOME; id++) {
		const struct signature function = { btf, id };

		free(c_declaration(btf, id, "name"));
		if (!btf_is_func(btf__type_by_id(btf, id)))
			continue;
		compare_functions(&function, before.btf ? &before : &function);
		before = function;
	}
	read_marks(btf);
}

/* The buffer has only the bytes of the variable, so the sanitizer finds reads of others. */
static bool read_variable(const char *name, const struct global_variable *variable, void *userdata)
{
	static const char *const texts[] = { "1", "true", "abc", "1,2,3", "hex:0102030405060708" };
	const struct btf *btf = userdata;
	size_t size = variable->size < (1 << 16) ? variable->size : 1 << 16;
	const struct global_variable readable = { variable->section, variable->offset, size,
						  variable->type, variable->section_type };
	cleanup(freep) char *bytes = malloc(size ?: 1);

	memset(bytes, random_next(&(uint32_t){ size + 1 }), size);
	for (size_t i = 0; i < array_size(texts); i++)
		global_variable_parse(btf, "fw.o", name, &readable, texts[i], bytes, NULL);
	free(global_variable_format(btf, &readable, bytes, TEXT_MAX));
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	cleanup(freep) void *copy = malloc(size ?: 1);
	const struct object object = { .blob = { copy, size }, .label = "fw.o" };
	cleanup(tail_callees_done) struct tail_callees callees = {};
	cleanup(elf_free_btf) struct btf *btf = NULL;

	memcpy(copy, bytes, size);
	if (elf_check(&object.blob, object.label, NULL) < 0)
		return 0;
	if (tail_callees_read(&object.blob, &callees, NULL) < 0)
		abort();
	tail_callees_have(&callees, "xdp");
	static_link_check(&object, 0, NULL, NULL);
	static_link_check(&object, 1, &object, NULL);
	read_image(&object);
	kfuncs_are_called(&object);
	read_kfuncs(&object);
	btf = elf_read_btf(&object.blob);
	if (btf)
		read_types(btf);
	global_variable_each(btf, read_variable, btf);
	return 0;
}
