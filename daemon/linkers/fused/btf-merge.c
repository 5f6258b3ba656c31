// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/linkers/fused/btf-merge.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The longest source line that is kept: a hostile object can have long lines, and many. */
#define LINE_LENGTH_MAX 256

void merged_btf_done(struct merged_btf *types)
{
	btf__free(types->btf);
	free(types->functions);
	free(types->lines);
	*types = (struct merged_btf){};
}

static bool have_records(const struct part *parts, size_t n_parts)
{
	for (size_t i = 0; i < n_parts; i++)
		if (!parts[i].component->code.n_functions)
			return false;
	return true;
}

static bool is_inlined(const struct part *part)
{
	return part->block->join == JOIN_INLINED;
}

static size_t position(const struct part *part, size_t offset)
{
	return place_of(part->place, part->block, offset);
}

/* Adds the function int name(struct xdp_md *ctx). Returns its id, or a negative errno. */
static int add_rootlet(struct btf *btf, const char *name)
{
	int integer = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int context = btf__add_fwd(btf, "xdp_md", BTF_FWD_STRUCT);
	int pointer = btf__add_ptr(btf, context);
	int prototype = btf__add_func_proto(btf, integer);

	if (integer < 0 || context < 0 || pointer < 0 || prototype < 0)
		return -ENOMEM;
	if (btf__add_func_param(btf, "ctx", pointer) < 0)
		return -ENOMEM;
	return btf__add_func(btf, name, BTF_FUNC_GLOBAL, prototype);
}

/*
 * Makes the function with that id static, so that the verifier checks it with the arguments that it really
 * gets. -EINVAL: there is no such function.
 */
static int make_static(struct btf *btf, __u32 id)
{
	struct btf_type *type = (struct btf_type *)btf__type_by_id(btf, id);

	if (!type || !btf_is_func(type))
		return -EINVAL;
	type->info = BTF_KIND_FUNC << 24 | BTF_FUNC_STATIC; /* as in struct btf_type, linux/btf.h */
	return 0;
}

/*
 * The main function of an inlined component is no longer a function. If it was the only one, the component's
 * types are not needed.
 */
static int add_functions(struct merged_btf *types, const struct part *part, const struct btf *btf)
{
	const struct program_code *code = &part->component->code;
	int first;

	if (is_inlined(part) && code->n_functions == 1)
		return 0;
	first = btf__add_btf(types->btf, btf);
	if (first < 0)
		return first;
	for (size_t i = is_inlined(part); i < code->n_functions; i++)
		types->functions[types->n_functions++] = (struct bpf_func_info){
			.insn_off = position(part, code->functions[i].insn_off),
			.type_id = code->functions[i].type_id + first - 1,
		};
	return make_static(types->btf, code->functions[0].type_id + first - 1);
}

/* A later line for the same instruction replaces an earlier one. */
static void add_line(struct merged_btf *types, struct bpf_line_info line)
{
	if (types->n_lines && types->lines[types->n_lines - 1].insn_off == line.insn_off)
		types->n_lines--;
	types->lines[types->n_lines++] = line;
}

/*
 * Adds a line that describes what the rootlet does for the component at that instruction; NULL: for the
 * whole chain.
 */
static int add_glue(struct merged_btf *types, size_t at, const char *file, const char *component,
		    const char *what)
{
	cleanup(freep) char *text = NULL;
	struct bpf_line_info line = { .insn_off = at };
	int file_name, words;

	if (asprintf(&text, "%s%s%s", component ?: "", component ? ": " : "", what) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	file_name = btf__add_str(types->btf, file);
	words = btf__add_str(types->btf, text);
	if (file_name < 0 || words < 0)
		return -ENOMEM;
	line.file_name_off = file_name;
	line.line_off = words;
	add_line(types, line);
	return 0;
}

/* Adds the string at that offset of a component's BTF to the merged BTF. */
static int add_text(struct merged_btf *types, const struct btf *btf, __u32 offset)
{
	char text[LINE_LENGTH_MAX];

	snprintf(text, sizeof(text), "%.*s", LINE_LENGTH_MAX - 1,
		 btf__str_by_offset(btf, offset) ?: "");
	return btf__add_str(types->btf, text);
}

/* Adds a line of the component, for its new position. */
static int add_own_line(struct merged_btf *types, const struct btf *btf, struct bpf_line_info line,
			size_t at)
{
	int file_name = add_text(types, btf, line.file_name_off);
	int text = add_text(types, btf, line.line_off);

	if (file_name < 0 || text < 0)
		return -ENOMEM;
	line.insn_off = at;
	line.file_name_off = file_name;
	line.line_off = text;
	add_line(types, line);
	return 0;
}

/*
 * The first line for that instruction or a later one: the kernel requires that lines are in order.
 */
static size_t first_line(const struct program_code *code, size_t instruction)
{
	size_t begin = 0, end = code->n_lines;

	while (begin < end) {
		size_t middle = (begin + end) / 2;

		if (code->lines[middle].insn_off < instruction)
			begin = middle + 1;
		else
			end = middle;
	}
	return begin;
}

/* Adds the component's lines for the instructions from `first` up to, but not including, `end`. */
static int add_own_lines(struct merged_btf *types, const struct part *part, const struct btf *btf,
			 size_t first, size_t end)
{
	const struct program_code *code = &part->component->code;
	int result = 0;

	for (size_t i = first_line(code, first);
	     result == 0 && i < code->n_lines && code->lines[i].insn_off < end; i++)
		result = add_own_line(types, btf, code->lines[i],
				      position(part, code->lines[i].insn_off));
	return result;
}

/* Adds the lines of the rootlet's own function, in the order of its instructions. */
static int add_rootlet_lines(struct merged_btf *types, const char *name, const struct part *parts,
			     struct btf *const *btfs, size_t n_parts, size_t end)
{
	int result = add_glue(types, 0, name, NULL, "begin");

	for (size_t i = 0; result == 0 && i < n_parts; i++) {
		result = add_glue(types, parts[i].place->prologue, name, parts[i].name, "run");
		if (result == 0 && is_inlined(&parts[i]))
			result = add_own_lines(types, &parts[i], btfs[i], 0,
					       parts[i].block->main_length);
		if (result == 0)
			result = add_glue(types, parts[i].place->test, name, parts[i].name,
					  "test the verdict");
	}
	return result < 0 ? result : add_glue(types, end, name, NULL, "count and leave");
}

/* Every function must begin with a line, or the kernel accepts none. */
static int add_function_lines(struct merged_btf *types, const char *file, const struct part *part,
			      const struct btf *btf)
{
	const struct program_code *code = &part->component->code;
	int result = 0;

	for (size_t i = is_inlined(part); result == 0 && i < code->n_functions; i++) {
		size_t start = code->functions[i].insn_off;
		size_t end = i + 1 < code->n_functions ? code->functions[i + 1].insn_off
						       : code->n_instructions;

		result = add_glue(types, position(part, start), file, part->name, "function");
		if (result == 0)
			result = add_own_lines(types, part, btf, start, end);
	}
	return result;
}

static int allocate(struct merged_btf *types, const struct part *parts, size_t n_parts)
{
	size_t n_functions = 1, n_lines = 2 + 2 * n_parts;

	for (size_t i = 0; i < n_parts; i++) {
		n_functions += parts[i].component->code.n_functions;
		n_lines += parts[i].component->code.n_functions + parts[i].component->code.n_lines;
	}
	types->btf = btf__new_empty();
	types->functions = calloc(n_functions, sizeof(*types->functions));
	types->lines = calloc(n_lines, sizeof(*types->lines));
	return types->btf && types->functions && types->lines ? 0 : -ENOMEM;
}

static int load_types(struct btf *btf, struct error *error)
{
	int result = btf__load_into_kernel(btf);

	if (result == 0)
		return 0;
	return error_set(error, ERROR_KERNEL_REFUSED, result,
			 "the kernel refused the type information (BTF) of the fused chain: %s",
			 errno_name(result));
}

static int join(struct merged_btf *types, const char *name, const struct part *parts,
		struct btf **btfs, size_t n_parts, size_t end, struct error *error)
{
	int id = allocate(types, parts, n_parts) < 0 ? -ENOMEM : add_rootlet(types->btf, name);
	int result = 0;

	if (id < 0)
		return error_memory(error);
	types->functions[types->n_functions++] = (struct bpf_func_info){ .type_id = id };
	for (size_t i = 0; i < n_parts; i++) {
		btfs[i] = program_code_btf(&parts[i].component->code);
		result = btfs[i] ? add_functions(types, &parts[i], btfs[i]) : -errno;
		if (result < 0)
			return error_set(error, ERROR_KERNEL_REFUSED, result,
					 "cannot merge the type information (BTF) of '%s' into the "
					 "chain's: %s",
					 parts[i].name, errno_name(result));
	}
	result = add_rootlet_lines(types, name, parts, btfs, n_parts, end);
	for (size_t i = 0; result == 0 && i < n_parts; i++)
		result = add_function_lines(types, name, &parts[i], btfs[i]);
	if (result < 0)
		return error_memory(error);
	return load_types(types->btf, error);
}

int btf_merge(const char *name, const struct part *parts, size_t n_parts, size_t end,
	      struct merged_btf *ret, struct error *error)
{
	cleanup(merged_btf_done) struct merged_btf types = {};
	cleanup(freep) struct btf **btfs = calloc(n_parts + 1, sizeof(*btfs));
	int result;

	if (!have_records(parts, n_parts))
		return 0;
	if (!btfs)
		return error_memory(error);
	result = join(&types, name, parts, btfs, n_parts, end, error);
	for (size_t i = 0; i < n_parts; i++)
		btf__free(btfs[i]);
	if (result == 0) {
		*ret = types;
		types = (struct merged_btf){};
	}
	return result;
}

/* A component from which pieces are taken, and where its types begin in the merged BTF. */
struct origin {
	const struct program_code *code;
	struct btf *btf;
	int first;
};

static int add_piece(struct merged_btf *types, const struct origin *origin,
		     const struct piece *piece)
{
	const struct program_code *code = origin->code;
	int result = 0;

	for (size_t i = 0; i < code->n_functions; i++) {
		size_t offset = code->functions[i].insn_off;

		if (offset >= piece->from && offset < piece->end)
			types->functions[types->n_functions++] = (struct bpf_func_info){
				.insn_off = piece->at + offset - piece->from,
				.type_id = code->functions[i].type_id + origin->first - 1,
			};
	}
	for (size_t i = first_line(code, piece->from);
	     result == 0 && i < code->n_lines && code->lines[i].insn_off < piece->end; i++)
		result = add_own_line(types, origin->btf, code->lines[i],
				      piece->at + code->lines[i].insn_off - piece->from);
	return result;
}

static int read_origins(struct merged_btf *types, const struct component *const *sources,
			size_t n_sources, struct origin *origins, struct error *error)
{
	size_t n_functions = 0, n_lines = 0;

	for (size_t i = 0; i < n_sources; i++) {
		struct origin *origin = &origins[i];

		origin->code = &sources[i]->code;
		origin->btf = program_code_btf(origin->code);
		origin->first = origin->btf ? btf__add_btf(types->btf, origin->btf) : -errno;
		if (origin->first < 0)
			return error_set(error, ERROR_KERNEL_REFUSED, origin->first,
					 "cannot merge the type information (BTF) of '%s' into the "
					 "policy's: %s",
					 sources[i]->spec.program, errno_name(origin->first));
		n_functions += origin->code->n_functions;
		n_lines += origin->code->n_lines;
	}
	/* The rootlet's own function, and wrappers. */
	types->functions = calloc(1 + n_sources + n_functions, sizeof(*types->functions));
	types->lines = calloc(1 + n_sources + n_lines, sizeof(*types->lines));
	return types->functions && types->lines ? 0 : error_memory(error);
}

/* The kernel wants lines for all functions, or none. */
static bool have_lines(const struct component *const *sources, size_t n_sources)
{
	for (size_t i = 0; i < n_sources; i++)
		if (!sources[i]->code.n_lines)
			return false;
	return true;
}

/* Adds the function `name`, which calls the main function of the policy. */
static int add_caller(struct merged_btf *types, const char *name, const struct origin *policy)
{
	int id = add_rootlet(types->btf, name);
	int result = id < 0 ? id
			    : make_static(types->btf,
					  policy->code->functions[0].type_id + policy->first - 1);

	if (result < 0)
		return result;
	types->functions[types->n_functions++] = (struct bpf_func_info){ .type_id = id };
	return add_glue(types, 0, name, NULL, "run the policy");
}

static int add_wrapper(struct merged_btf *types, const struct origin *policy,
		       const struct wrapper *wrapper)
{
	const struct btf_type *slot = btf__type_by_id(types->btf,
						      wrapper->function_id + policy->first - 1);
	cleanup(freep) char *name =
		slot ? strdup(btf__name_by_offset(types->btf, slot->name_off) ?: "") : NULL;
	int id = name ? btf__add_func(types->btf, name, BTF_FUNC_STATIC, slot->type) : -ENOMEM;

	if (id < 0)
		return id;
	types->functions[types->n_functions++] = (struct bpf_func_info){ wrapper->at, id };
	return add_glue(types, wrapper->at, name, NULL, "call the component and trace its result");
}

static int add_pieces(struct merged_btf *types, const char *name, const struct origin *origins,
		      const struct policy_layout *layout)
{
	int result = name ? add_caller(types, name, &origins[0]) : 0;

	for (size_t i = 0; result == 0 && i < layout->n_pieces; i++)
		result = add_piece(types, &origins[layout->pieces[i].source], &layout->pieces[i]);
	for (size_t i = 0; result == 0 && i < layout->n_wrappers; i++)
		result = add_wrapper(types, &origins[0], &layout->wrappers[i]);
	return result;
}

int btf_merge_policy(const char *name, const struct component *const *sources, size_t n_sources,
		     const struct policy_layout *layout, struct merged_btf *ret,
		     struct error *error)
{
	cleanup(merged_btf_done) struct merged_btf types = { .btf = btf__new_empty() };
	cleanup(freep) struct origin *origins = calloc(n_sources, sizeof(*origins));
	int result;

	if (!types.btf || !origins)
		return error_memory(error);
	result = read_origins(&types, sources, n_sources, origins, error);
	if (result == 0 && add_pieces(&types, name, origins, layout) < 0)
		result = error_memory(error);
	for (size_t i = 0; i < n_sources; i++)
		btf__free(origins[i].btf);
	if (result == 0 && !have_lines(sources, n_sources))
		types.n_lines = 0;
	if (result == 0)
		result = load_types(types.btf, error);
	if (result == 0) {
		*ret = types;
		types = (struct merged_btf){};
	}
	return result;
}
