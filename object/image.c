#include "object/image.h"

#include "base/cleanup.h"
#include "object/instruction.h"

#include <gelf.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* An object has far fewer; the verifier takes 256 in one program. */
#define FUNCTIONS_MAX 4096

/* An object while it is read. */
struct reading {
	struct image *image;
	size_t section_names; /* the section with their names */
	Elf_Scn *symbol_section;
	Elf_Data *symbols;
	size_t n_symbols;
	size_t symbol_names;
	int *extern_of; /* of each symbol its place among the externs; -1: it is none */
};

/* A section of instructions, and the symbol that each of them refers to, or 0. */
struct code_section {
	size_t index;
	const char *name;
	size_t length;
	const struct bpf_insn *instructions;
	size_t *symbols;
};

int numbers_add(struct numbers *numbers, int number)
{
	int *more;

	for (size_t i = 0; i < numbers->n_items; i++)
		if (numbers->items[i] == number)
			return 0;
	more = reallocarray(numbers->items, numbers->n_items + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	more[numbers->n_items++] = number;
	numbers->items = more;
	return 0;
}

void numbers_done(struct numbers *numbers)
{
	free(numbers->items);
	*numbers = (struct numbers){};
}

void image_done(struct image *image)
{
	for (size_t i = 0; i < image->n_functions; i++) {
		numbers_done(&image->functions[i].callees);
		numbers_done(&image->functions[i].helpers);
		numbers_done(&image->functions[i].externs);
	}
	free(image->functions);
	free(image->externs);
	elf_end(image->elf);
	*image = (struct image){};
}

const struct function *image_find(const struct image *image, const char *name)
{
	for (size_t i = 0; i < image->n_functions; i++)
		if (!strcmp(image->functions[i].name, name))
			return &image->functions[i];
	return NULL;
}

/* The symbol and its name; false for what is none. */
static bool get_symbol(const struct reading *reading, size_t index, GElf_Sym *ret,
		       const char **ret_name)
{
	if (!gelf_getsym(reading->symbols, index, ret))
		return false;
	*ret_name = elf_strptr(reading->image->elf, reading->symbol_names, ret->st_name);
	return *ret_name;
}

static int find_symbols(struct reading *reading)
{
	GElf_Shdr header;

	for (Elf_Scn *section = NULL; (section = elf_nextscn(reading->image->elf, section));) {
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
	struct image *image = reading->image;
	GElf_Sym symbol;
	const char *name;

	reading->extern_of = calloc(reading->n_symbols + 1, sizeof(*reading->extern_of));
	image->externs = calloc(reading->n_symbols + 1, sizeof(*image->externs));
	if (!reading->extern_of || !image->externs)
		return -ENOMEM;
	for (size_t i = 0; i < reading->n_symbols; i++) {
		reading->extern_of[i] = -1;
		if (!get_symbol(reading, i, &symbol, &name) || symbol.st_shndx != SHN_UNDEF ||
		    !*name || GELF_ST_BIND(symbol.st_info) == STB_LOCAL)
			continue;
		reading->extern_of[i] = image->n_externs;
		image->externs[image->n_externs++] =
			(struct external){ name, GELF_ST_BIND(symbol.st_info) == STB_WEAK };
	}
	return 0;
}

/*
 * 1 if this is a section of instructions, 0 if it is none, and -EINVAL for one that no compiler puts
 * into a file.
 */
static int open_code(const struct reading *reading, Elf_Scn *section, struct code_section *ret)
{
	GElf_Shdr header;
	Elf_Data *contents;

	if (!gelf_getshdr(section, &header) || header.sh_type != SHT_PROGBITS ||
	    !(header.sh_flags & SHF_EXECINSTR))
		return 0;
	contents = elf_getdata(section, NULL);
	*ret = (struct code_section){
		.index = elf_ndxscn(section),
		.name = elf_strptr(reading->image->elf, reading->section_names, header.sh_name),
		.length = contents && contents->d_buf ? contents->d_size / sizeof(struct bpf_insn)
						      : 0,
		.instructions = contents ? contents->d_buf : NULL,
	};
	if (!ret->length)
		return 0;
	if (!ret->name || (uintptr_t)ret->instructions % alignof(struct bpf_insn))
		return -EINVAL;
	return 1;
}

static size_t function_at(const struct image *image, size_t section, long start)
{
	for (size_t i = 0; i < image->n_functions; i++)
		if (image->functions[i].section_index == section &&
		    (long)image->functions[i].start == start)
			return i;
	return image->n_functions;
}

/* Two names of one function count as one. */
static int add_function(struct image *image, const struct code_section *code,
			const GElf_Sym *symbol, const char *name)
{
	size_t start = symbol->st_value / sizeof(struct bpf_insn);
	size_t length = symbol->st_size / sizeof(struct bpf_insn);

	if (function_at(image, code->index, start) < image->n_functions)
		return 0;
	if (!length || start > code->length || length > code->length - start ||
	    image->n_functions == FUNCTIONS_MAX)
		return -EINVAL;
	image->functions[image->n_functions++] = (struct function){
		.name = name,
		.section = code->name,
		.section_index = code->index,
		.start = start,
		.length = length,
		.instructions = code->instructions + start,
		.is_program = strcmp(code->name, ".text") != 0,
		/* Hidden ones are static to libbpf, and so to the kernel. */
		.is_global = GELF_ST_BIND(symbol->st_info) != STB_LOCAL &&
			     GELF_ST_VISIBILITY(symbol->st_other) == STV_DEFAULT,
	};
	return 0;
}

static int read_functions(struct reading *reading, struct code_section *code)
{
	struct image *image = reading->image;
	size_t first = image->n_functions, total = 0;
	GElf_Sym symbol;
	const char *name;
	int result = 0;

	for (size_t i = 0; result == 0 && i < reading->n_symbols; i++) {
		if (get_symbol(reading, i, &symbol, &name) && symbol.st_shndx == code->index &&
		    GELF_ST_TYPE(symbol.st_info) == STT_FUNC)
			result = add_function(image, code, &symbol, name);
	}
	for (size_t i = first; i < image->n_functions; i++)
		total += image->functions[i].length;
	return total > code->length ? -EINVAL : result; /* do they overlap? */
}

/* Notes which instruction refers to which symbol. */
static int read_relocations(const struct reading *reading, struct code_section *code)
{
	GElf_Shdr header;
	GElf_Rel entry;

	code->symbols = calloc(code->length, sizeof(*code->symbols));
	if (!code->symbols)
		return -ENOMEM;
	for (Elf_Scn *section = NULL; (section = elf_nextscn(reading->image->elf, section));) {
		Elf_Data *entries;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_REL ||
		    header.sh_info != code->index)
			continue;
		entries = elf_getdata(section, NULL);
		for (size_t i = 0; entries && i < entries->d_size / sizeof(Elf64_Rel); i++) {
			if (!gelf_getrel(entries, i, &entry) ||
			    entry.r_offset / sizeof(struct bpf_insn) >= code->length ||
			    GELF_R_SYM(entry.r_info) >= reading->n_symbols)
				return -EINVAL;
			code->symbols[entry.r_offset / sizeof(struct bpf_insn)] =
				GELF_R_SYM(entry.r_info);
		}
	}
	return 0;
}

/*
 * The section and the place in it that an instruction refers to, as libbpf's
 * bpf_object__reloc_code() has it: offsets in calls count instructions from the next one, those of
 * addresses bytes. Without a relocation it is in the same section.
 */
static bool find_target(const struct reading *reading, const struct code_section *code, size_t at,
			size_t *ret_section, long *ret_start)
{
	const struct bpf_insn *instruction = &code->instructions[at];
	GElf_Sym symbol;
	const char *name;

	if (!code->symbols[at]) {
		*ret_section = code->index;
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

/* What one instruction adds to what is known of its function. */
static int read_reference(struct reading *reading, const struct code_section *code, size_t at,
			  struct function *function)
{
	const struct bpf_insn *instruction = &code->instructions[at];
	size_t symbol = code->symbols[at], section, callee;
	long start;

	if (symbol && reading->extern_of[symbol] >= 0)
		return numbers_add(&function->externs, reading->extern_of[symbol]);
	if (is_call(instruction) && !symbol && !instruction->src_reg) {
		function->tail_calls |= is_tail_call(instruction);
		return numbers_add(&function->helpers, instruction->imm);
	}
	if (!find_target(reading, code, at, &section, &start))
		return 0;
	callee = function_at(reading->image, section, start);
	if (callee == reading->image->n_functions)
		return is_call(instruction) ? -EINVAL : 0; /* else it is data */
	function->callbacks |= !is_call(instruction);
	return numbers_add(&function->callees, callee);
}

static int read_references(struct reading *reading, struct code_section *code)
{
	struct image *image = reading->image;
	int result = read_relocations(reading, code);

	for (size_t i = 0; result == 0 && i < image->n_functions; i++) {
		struct function *function = &image->functions[i];

		if (function->section_index != code->index)
			continue;
		for (size_t j = 0; result == 0 && j < function->length; j++) {
			result = read_reference(reading, code, function->start + j, function);
			j += is_wide_load(&function->instructions[j]);
		}
	}
	free(code->symbols);
	return result;
}

/* Calls `read` with each section of instructions. */
static int each_code(struct reading *reading,
		     int (*read)(struct reading *reading, struct code_section *code))
{
	int result = 0;

	for (Elf_Scn *section = NULL;
	     result == 0 && (section = elf_nextscn(reading->image->elf, section));) {
		struct code_section code;

		result = open_code(reading, section, &code);
		if (result > 0)
			result = read(reading, &code);
	}
	return result;
}

int image_read(const struct blob *blob, const char *label, struct image *ret, struct error *error)
{
	struct image image = { .functions = calloc(FUNCTIONS_MAX, sizeof(*image.functions)) };
	struct reading reading = { .image = &image };
	int result;

	elf_version(EV_CURRENT);
	image.elf = elf_memory(blob->bytes, blob->size);
	if (!image.functions)
		result = -ENOMEM;
	else if (!image.elf || elf_getshdrstrndx(image.elf, &reading.section_names) < 0)
		result = -EINVAL;
	else
		result = find_symbols(&reading);
	if (result == 0)
		result = read_externs(&reading);
	if (result == 0)
		result = each_code(&reading, read_functions);
	if (result == 0)
		result = each_code(&reading, read_references);
	free(reading.extern_of);
	if (result == 0) {
		*ret = image;
		return 0;
	}
	image_done(&image);
	if (result == -ENOMEM)
		return error_memory(error);
	return error_set(error, ERROR_BAD_OBJECT, result,
			 "cannot read the functions of %s; the file is damaged", label);
}
