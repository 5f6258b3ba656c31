// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/elf-code.h"

#include "base/cleanup.h"
#include "object/instruction.h"

#include <gelf.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* Real objects have far fewer; the verifier accepts 256 in one program. */
#define FUNCTIONS_MAX 4096

/* A section of instructions; for other sections everything is 0. */
struct code_section {
	const char *name;
	size_t length;
	const struct bpf_insn *instructions;
	size_t n_in_functions; /* instructions that belong to functions */
	uint32_t *symbols;     /* for each instruction the symbol that it refers to, or 0 */
	/* For each instruction one more than the number of the function that begins there, or 0. */
	uint32_t *functions;
	uint32_t first_symbol, last_symbol; /* of its functions; 0: it has none */
};

/* An object while it is read. */
struct reading {
	struct elf_code *elf_code;
	size_t section_names; /* index of the section with their names */
	size_t n_sections;
	struct code_section *sections; /* by their index in the file */
	Elf_Data *symbols;
	size_t n_symbols;
	size_t symbol_names;
	uint32_t *next_symbol; /* for each function symbol the next one in its section, or 0 */
	/* For each symbol its position among the externs; -1: it is not extern. */
	int *extern_of;
};

void elf_code_done(struct elf_code *elf_code)
{
	for (size_t i = 0; i < elf_code->n_functions; i++) {
		numbers_done(&elf_code->functions[i].callees);
		numbers_done(&elf_code->functions[i].helpers);
		numbers_done(&elf_code->functions[i].externs);
	}
	free(elf_code->functions);
	free(elf_code->externs);
	elf_end(elf_code->elf);
	*elf_code = (struct elf_code){};
}

const struct function *elf_code_find(const struct elf_code *elf_code, const char *name)
{
	for (size_t i = 0; i < elf_code->n_functions; i++)
		if (!strcmp(elf_code->functions[i].name, name))
			return &elf_code->functions[i];
	return NULL;
}

/* Gets the symbol and its name; false if it has none. */
static bool get_symbol(const struct reading *reading, size_t index, GElf_Sym *ret,
		       const char **ret_name)
{
	if (!gelf_getsym(reading->symbols, index, ret))
		return false;
	*ret_name = elf_strptr(reading->elf_code->elf, reading->symbol_names, ret->st_name);
	return *ret_name;
}

static int find_symbols(struct reading *reading)
{
	GElf_Shdr header;

	for (Elf_Scn *section = NULL; (section = elf_nextscn(reading->elf_code->elf, section));) {
		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB)
			continue;
		reading->symbols = elf_getdata(section, NULL);
		if (!reading->symbols || !header.sh_entsize)
			return -EINVAL;
		reading->n_symbols = reading->symbols->d_size / sizeof(Elf64_Sym);
		reading->symbol_names = header.sh_link;
		return 0;
	}
	return -EINVAL;
}

static int read_externs(struct reading *reading)
{
	struct elf_code *elf_code = reading->elf_code;
	GElf_Sym symbol;
	const char *name;

	reading->extern_of = calloc(reading->n_symbols + 1, sizeof(*reading->extern_of));
	elf_code->externs = calloc(reading->n_symbols + 1, sizeof(*elf_code->externs));
	if (!reading->extern_of || !elf_code->externs)
		return -ENOMEM;
	for (size_t i = 0; i < reading->n_symbols; i++) {
		reading->extern_of[i] = -1;
		if (!get_symbol(reading, i, &symbol, &name) || symbol.st_shndx != SHN_UNDEF ||
		    !*name || GELF_ST_BIND(symbol.st_info) == STB_LOCAL)
			continue;
		reading->extern_of[i] = elf_code->n_externs;
		elf_code->externs[elf_code->n_externs++] =
			(struct external){ name, GELF_ST_BIND(symbol.st_info) == STB_WEAK };
	}
	return 0;
}

/* -EINVAL: no compiler writes such a section. */
static int open_code(const struct reading *reading, Elf_Scn *section, struct code_section *code)
{
	GElf_Shdr header;
	Elf_Data *contents;

	if (!gelf_getshdr(section, &header) || header.sh_type != SHT_PROGBITS ||
	    !(header.sh_flags & SHF_EXECINSTR))
		return 0;
	contents = elf_getdata(section, NULL);
	if (!contents || !contents->d_buf || contents->d_size < sizeof(struct bpf_insn))
		return 0;
	code->name = elf_strptr(reading->elf_code->elf, reading->section_names, header.sh_name);
	code->instructions = contents->d_buf;
	if (!code->name || (uintptr_t)code->instructions % alignof(struct bpf_insn))
		return -EINVAL;
	code->length = contents->d_size / sizeof(struct bpf_insn);
	code->symbols = calloc(code->length, sizeof(*code->symbols));
	code->functions = calloc(code->length, sizeof(*code->functions));
	return code->symbols && code->functions ? 0 : -ENOMEM;
}

static int open_sections(struct reading *reading)
{
	int result = 0;

	if (elf_getshdrnum(reading->elf_code->elf, &reading->n_sections) < 0)
		return -EINVAL;
	reading->sections = calloc(reading->n_sections + 1, sizeof(*reading->sections));
	if (!reading->sections)
		return -ENOMEM;
	for (Elf_Scn *section = NULL;
	     result == 0 && (section = elf_nextscn(reading->elf_code->elf, section));)
		result = open_code(reading, section, &reading->sections[elf_ndxscn(section)]);
	return result;
}

/* NULL: there is no section of that index, or it has no instructions. */
static struct code_section *code_section(const struct reading *reading, size_t index)
{
	return index < reading->n_sections && reading->sections[index].length
		       ? &reading->sections[index]
		       : NULL;
}

/* The number of the function that begins there; the number of all functions if none does. */
static size_t function_at(const struct reading *reading, size_t section, long start)
{
	const struct code_section *code = code_section(reading, section);

	if (!code || start < 0 || (size_t)start >= code->length || !code->functions[start])
		return reading->elf_code->n_functions;
	return code->functions[start] - 1;
}

/* Two names of one function count once. */
static int add_function(const struct reading *reading, size_t section, size_t number)
{
	struct code_section *code = &reading->sections[section];
	struct elf_code *elf_code = reading->elf_code;
	size_t start, length;
	const char *name;
	GElf_Sym symbol;

	if (!get_symbol(reading, number, &symbol, &name))
		return -EINVAL;
	start = symbol.st_value / sizeof(struct bpf_insn);
	length = symbol.st_size / sizeof(struct bpf_insn);
	if (start < code->length && code->functions[start])
		return 0;
	if (!length || start > code->length || length > code->length - start ||
	    elf_code->n_functions == FUNCTIONS_MAX)
		return -EINVAL;
	elf_code->functions[elf_code->n_functions++] = (struct function){
		.name = name,
		.section = code->name,
		.section_index = section,
		.start = start,
		.length = length,
		.instructions = code->instructions + start,
		.is_program = strcmp(code->name, ".text") != 0,
		/* Hidden functions are static for libbpf, and so for the kernel. */
		.is_global = GELF_ST_BIND(symbol.st_info) != STB_LOCAL &&
			     GELF_ST_VISIBILITY(symbol.st_other) == STV_DEFAULT,
	};
	code->functions[start] = elf_code->n_functions;
	code->n_in_functions += length;
	/* Overlapping functions have more instructions than the section. */
	return code->n_in_functions > code->length ? -EINVAL : 0;
}

/* Builds a list of function symbols for each section. */
static int sort_functions(struct reading *reading)
{
	GElf_Sym symbol;
	const char *name;

	reading->next_symbol = calloc(reading->n_symbols + 1, sizeof(*reading->next_symbol));
	if (!reading->next_symbol)
		return -ENOMEM;
	for (size_t i = 1; i < reading->n_symbols; i++) {
		struct code_section *code;

		if (!get_symbol(reading, i, &symbol, &name) ||
		    GELF_ST_TYPE(symbol.st_info) != STT_FUNC)
			continue;
		code = code_section(reading, symbol.st_shndx);
		if (!code)
			continue;
		if (code->first_symbol)
			reading->next_symbol[code->last_symbol] = i;
		else
			code->first_symbol = i;
		code->last_symbol = i;
	}
	return 0;
}

/* Reads the functions section by section. */
static int read_functions(struct reading *reading)
{
	int result = sort_functions(reading);

	for (size_t i = 0; result == 0 && i < reading->n_sections; i++)
		for (uint32_t symbol = reading->sections[i].first_symbol; result == 0 && symbol;
		     symbol = reading->next_symbol[symbol])
			result = add_function(reading, i, symbol);
	return result;
}

/* Notes which instruction refers to which symbol. */
static int read_relocations(const struct reading *reading, Elf_Scn *section)
{
	struct code_section *code;
	Elf_Data *entries;
	GElf_Shdr header;
	GElf_Rel entry;

	if (!gelf_getshdr(section, &header) || header.sh_type != SHT_REL)
		return 0;
	code = code_section(reading, header.sh_info);
	entries = code ? elf_getdata(section, NULL) : NULL;
	for (size_t i = 0; entries && i < entries->d_size / sizeof(Elf64_Rel); i++) {
		if (!gelf_getrel(entries, i, &entry) ||
		    entry.r_offset / sizeof(struct bpf_insn) >= code->length ||
		    GELF_R_SYM(entry.r_info) >= reading->n_symbols)
			return -EINVAL;
		code->symbols[entry.r_offset / sizeof(struct bpf_insn)] = GELF_R_SYM(entry.r_info);
	}
	return 0;
}

/*
 * Finds the section and the position in it that an instruction refers to, like libbpf's
 * bpf_object__reloc_code(): offsets in calls count instructions from the next one, those of addresses count
 * bytes. Without a relocation it is in the same section.
 */
static bool find_target(const struct reading *reading, const struct function *function, size_t at,
			size_t *ret_section, long *ret_start)
{
	const struct code_section *code = &reading->sections[function->section_index];
	const struct bpf_insn *instruction = &code->instructions[at];
	GElf_Sym symbol;
	const char *name;

	if (!code->symbols[at]) {
		*ret_section = function->section_index;
		*ret_start = (long)at + 1 + instruction->imm;
		return is_function_call(instruction);
	}
	if (!get_symbol(reading, code->symbols[at], &symbol, &name))
		return false;
	*ret_section = symbol.st_shndx;
	if (is_call(instruction))
		*ret_start = symbol.st_value / sizeof(*instruction) + instruction->imm + 1;
	else
		*ret_start = (long)(symbol.st_value + instruction->imm) / sizeof(*instruction);
	return is_call(instruction) || is_wide_load(instruction);
}

/* Adds what one instruction refers to to its function. */
static int read_reference(struct reading *reading, size_t at, struct function *function)
{
	const struct code_section *code = &reading->sections[function->section_index];
	const struct bpf_insn *instruction = &code->instructions[at];
	size_t symbol = code->symbols[at], section, callee;
	long start;

	if (symbol && reading->extern_of[symbol] >= 0)
		return numbers_add(&function->externs, reading->extern_of[symbol]);
	if (is_call(instruction) && !symbol && !instruction->src_reg) {
		function->tail_calls |= is_tail_call(instruction);
		return numbers_add(&function->helpers, instruction->imm);
	}
	if (!find_target(reading, function, at, &section, &start))
		return 0;
	callee = function_at(reading, section, start);
	if (callee == reading->elf_code->n_functions)
		return is_call(instruction) ? -EINVAL : 0; /* otherwise it refers to data */
	function->callbacks |= !is_call(instruction);
	return numbers_add(&function->callees, callee);
}

static int read_references(struct reading *reading)
{
	struct elf_code *elf_code = reading->elf_code;
	int result = 0;

	for (Elf_Scn *section = NULL;
	     result == 0 && (section = elf_nextscn(elf_code->elf, section));)
		result = read_relocations(reading, section);
	for (size_t i = 0; result == 0 && i < elf_code->n_functions; i++) {
		struct function *function = &elf_code->functions[i];

		for (size_t j = 0; result == 0 && j < function->length; j++) {
			result = read_reference(reading, function->start + j, function);
			j += is_wide_load(&function->instructions[j]);
		}
	}
	return result;
}

static void reading_done(struct reading *reading)
{
	for (size_t i = 0; reading->sections && i < reading->n_sections; i++) {
		free(reading->sections[i].symbols);
		free(reading->sections[i].functions);
	}
	free(reading->sections);
	free(reading->next_symbol);
	free(reading->extern_of);
}

static int read_image(struct reading *reading)
{
	struct elf_code *elf_code = reading->elf_code;

	if (!elf_code->functions)
		return -ENOMEM;
	if (!elf_code->elf || elf_getshdrstrndx(elf_code->elf, &reading->section_names) < 0)
		return -EINVAL;
	return find_symbols(reading) ?: read_externs(reading) ?: open_sections(reading)
	       ?: read_functions(reading) ?: read_references(reading);
}

int elf_code_read(const struct blob *blob, const char *label, struct elf_code *ret,
		  struct error *error)
{
	struct elf_code elf_code = { .functions = calloc(FUNCTIONS_MAX,
							 sizeof(*elf_code.functions)) };
	cleanup(reading_done) struct reading reading = { .elf_code = &elf_code };
	int result;

	elf_version(EV_CURRENT);
	elf_code.elf = elf_memory(blob->bytes, blob->size);
	result = read_image(&reading);
	if (result == 0) {
		*ret = elf_code;
		return 0;
	}
	elf_code_done(&elf_code);
	if (result == -ENOMEM)
		return error_memory(error);
	return error_set(error, ERROR_BAD_OBJECT, result,
			 "cannot read the functions of %s; the file is damaged", label);
}
