// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/component/code-description.h"

#include "base/cleanup.h"
#include "object/instruction.h"

#include <bpf/btf.h>
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* The kernel's KSYM_NAME_LEN, with room for a number after it. */
#define NAME_SIZE 100

struct description {
	struct btf *btf;
	size_t n_functions;
	struct bpf_func_info *functions;
};

static void description_done(struct description *description)
{
	btf__free(description->btf);
	free(description->functions);
}

/*
 * Marks where functions begin. Invalid targets of calls are left out; the verifier accepts none. To be
 * freed.
 */
static bool *find_starts(const struct program_code *code)
{
	bool *starts = calloc(code->n_instructions + 1, sizeof(*starts));

	for (size_t i = 0; starts && i < code->n_instructions; i++) {
		const struct bpf_insn *instruction = &code->instructions[i];
		long target = (long)i + 1 + reach(instruction);

		if ((is_function_call(instruction) || is_function_address(instruction)) &&
		    target >= 0 && (size_t)target < code->n_instructions)
			starts[target] = true;
	}
	if (starts)
		starts[0] = true;
	return starts;
}

/* The kernel accepts only names that are valid in C. */
static void write_name(const char *program, size_t number, char ret[static NAME_SIZE])
{
	char name[NAME_SIZE - 24];

	snprintf(name, sizeof(name), "%s", program);
	for (char *letter = name; *letter; letter++)
		if (!isalnum((unsigned char)*letter))
			*letter = '_';
	if (number)
		snprintf(ret, NAME_SIZE, "%s_%zu", name, number);
	else
		snprintf(ret, NAME_SIZE, "%s%s", isdigit((unsigned char)*name) ? "_" : "", name);
}

static int add_function(struct description *description, const char *program, int prototype,
			enum btf_func_linkage linkage, size_t start)
{
	char name[NAME_SIZE];
	int id;

	write_name(program, description->n_functions, name);
	id = btf__add_func(description->btf, name, linkage, prototype);
	if (id < 0)
		return -ENOMEM;
	description->functions[description->n_functions++] =
		(struct bpf_func_info){ .insn_off = start, .type_id = id };
	return 0;
}

static int describe(struct description *description, const struct program_code *code,
		    const char *name)
{
	cleanup(freep) bool *starts = find_starts(code);
	struct btf *btf = description->btf = btf__new_empty();
	int integer = btf ? btf__add_int(btf, "int", 4, BTF_INT_SIGNED) : -ENOMEM;
	int pointer = btf ? btf__add_ptr(btf, btf__add_fwd(btf, "xdp_md", BTF_FWD_STRUCT))
			  : -ENOMEM;
	int inner = btf ? btf__add_func_proto(btf, integer) : -ENOMEM;
	int outer = btf ? btf__add_func_proto(btf, integer) : -ENOMEM;
	int result = 0;

	description->functions = calloc(code->n_instructions + 1, sizeof(*description->functions));
	if (!starts || !description->functions || integer < 0 || pointer < 0 || inner < 0 ||
	    outer < 0 || btf__add_func_param(btf, "ctx", pointer) < 0)
		return -ENOMEM;
	for (size_t i = 0; result == 0 && i < code->n_instructions; i++)
		if (starts[i])
			result = add_function(description, name, i ? inner : outer,
					      i ? BTF_FUNC_STATIC : BTF_FUNC_GLOBAL, i);
	return result;
}

int code_description_add(struct program_code *code, const char *name)
{
	cleanup(description_done) struct description description = {};
	int fd;

	if (code->n_functions || !code->n_instructions)
		return 0;
	if (describe(&description, code, name) < 0)
		return -ENOMEM;
	if (btf__load_into_kernel(description.btf) < 0)
		return 0;
	fd = fcntl(btf__fd(description.btf), F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return -ENOMEM;
	if (code->btf_fd > 0)
		close(code->btf_fd);
	free(code->functions);
	free(code->lines);
	code->lines = NULL;
	code->n_lines = 0;
	code->btf_fd = fd;
	code->n_functions = description.n_functions;
	code->functions = steal(description.functions);
	return 0;
}
