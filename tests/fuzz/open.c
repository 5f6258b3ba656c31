// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* An object, as libbpf opens it, and everything that xdpd does with it before it is loaded. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "object/c-declaration.h"
#include "object/elf.h"
#include "object/global-variable-format.h"
#include "object/libbpf-log.h"
#include "object/load-error.h"
#include "object/object.h"
#include "object/set-globals.h"
#include "object/signature.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX     200
#define MEMBERS_SOME 4

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	libbpf_log_init();
	if (object_init(NULL, NULL) < 0)
		abort();
	return 0;
}

static void set(const struct bpf_object *opened, const char *name, const char *part,
		const char *value)
{
	cleanup(freep) char *text = NULL;
	struct strings values = { 1, &text };

	if (asprintf(&text, "%.100s%s=%s", name, part, value) < 0)
		abort();
	set_globals("fw.o", &values, opened, NULL);
}

static void set_part(const struct bpf_object *opened, const char *name, const char *part)
{
	static const char *const values[] = { "1",
					      "-1",
					      "true",
					      "abc",
					      "1,2,3,4,5,6,7,8",
					      "hex:01",
					      "hex:01020304",
					      "0x0102030405060708090a0b0c0d0e0f10" };

	for (size_t i = 0; i < array_size(values); i++)
		set(opened, name, part, values[i]);
}

/* Sets the whole variable, elements, and its first members by their names. */
static bool set_variable(const char *name, const struct global_variable *variable, void *userdata)
{
	const struct bpf_object *opened = userdata;
	const struct btf *btf = bpf_object__btf(opened);
	const struct btf_type *type = type_resolve(btf, variable->type);
	static const char *const parts[] = { "", "[0]", "[1]", "[3][2]", "[4294967294]" };

	for (size_t i = 0; i < array_size(parts); i++)
		set_part(opened, name, parts[i]);
	for (int i = 0; type && btf_is_composite(type) && i < btf_vlen(type) && i < MEMBERS_SOME;
	     i++) {
		const char *member = btf__name_by_offset(btf, btf_members(type)[i].name_off);
		char part[128];

		snprintf(part, sizeof(part), ".%.100s", member);
		set_part(opened, name, part);
		strcat(part, "[1]");
		set_part(opened, name, part);
	}
	return false;
}

static void describe_map(const struct bpf_object *opened, struct bpf_map *map)
{
	const struct btf *btf = bpf_object__btf(opened);
	size_t size = 0;
	const char *bytes = bpf_map__initial_value(map, &size);
	const struct global_variable whole = { .type = bpf_map__btf_value_type_id(map),
					       .size = size };

	free(c_declaration(btf, bpf_map__btf_key_type_id(map), ""));
	free(c_declaration(btf, whole.type, ""));
	if (bytes)
		free(global_variable_format(btf, &whole, bytes, TEXT_MAX));
}

static void describe_program(const struct bpf_object *opened, const struct tail_callees *callees,
			     const struct bpf_program *program)
{
	struct signature function;

	program_kind_name(object_program_kind(callees, program));
	if (signature_find(bpf_object__btf(opened), bpf_program__name(program), &function) == 0)
		free(signature_format(&function));
}

static void use(const struct object *object, struct bpf_object *opened)
{
	cleanup(tail_callees_done) struct tail_callees callees = {};
	struct bpf_program *program;
	struct bpf_map *map;

	if (!bpf_object__btf(opened) || tail_callees_read(&object->blob, &callees, NULL) < 0)
		return;
	global_variable_each(bpf_object__btf(opened), set_variable, opened);
	bpf_object__for_each_program(program, opened)
	{
		describe_program(opened, &callees, program);
	}
	bpf_object__for_each_map(map, opened)
	{
		describe_map(opened, map);
	}
}

static void choose(const struct object *object, const char *name)
{
	struct program_choice choice;

	object_choose(object, name, &choice, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	cleanup(error_done) struct error error = {};
	cleanup(freep) void *copy = malloc(size ?: 1);
	const struct object object = { .blob = { copy, size }, .label = "fw.o" };
	struct bpf_object *opened;

	memcpy(copy, bytes, size);
	if (elf_check(&object.blob, object.label, NULL) < 0)
		return 0;
	if (object_open(&object, NULL, &opened, &error) < 0)
		return 0;
	use(&object, opened);
	bpf_object__close(opened);
	choose(&object, NULL);
	choose(&object, "kind");
	return 0;
}
