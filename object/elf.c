// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/elf.h"

#include "base/cleanup.h"

#include <elf.h>
#include <gelf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Maximum length of one name. Compilers that encode types in names create some of a thousand characters. */
#define NAME_LENGTH_MAX 4095
/*
 * Maximum of the longest text of types multiplied by the number of types: a text can be a long line of
 * source, but a walk through all of them must not take too long.
 */
#define TYPE_TEXTS_MAX (1ull << 31)

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HOST_ELFDATA ELFDATA2LSB
#define HOST_ENDIAN  "little"
#else
#define HOST_ELFDATA ELFDATA2MSB
#define HOST_ENDIAN  "big"
#endif

static void elf_endp(Elf **elf)
{
	elf_end(*elf);
}

static Elf *elf_open(const struct blob *blob)
{
	elf_version(EV_CURRENT);
	return elf_memory(blob->bytes, blob->size);
}

/* Is that the section's name? `*header` is its header then. */
static bool section_is_named(Elf *elf, Elf_Scn *section, const char *name, GElf_Shdr *header)
{
	const char *found;
	size_t names;

	if (elf_getshdrstrndx(elf, &names) < 0 || !gelf_getshdr(section, header))
		return false;
	found = elf_strptr(elf, names, header->sh_name);
	return found && !strcmp(found, name);
}

/* Finds the section of that name, and its header; NULL if there is none. */
static Elf_Scn *elf_section(Elf *elf, const char *name, GElf_Shdr *header)
{
	Elf_Scn *section = elf_nextscn(elf, NULL);

	while (section && !section_is_named(elf, section, name, header))
		section = elf_nextscn(elf, section);
	return section;
}

/* NULL: the section is not inside the file. */
static const void *bytes_of(const struct blob *blob, const GElf_Shdr *header, size_t *ret_size)
{
	if (header->sh_offset > blob->size || header->sh_size > blob->size - header->sh_offset)
		return NULL;
	*ret_size = header->sh_size;
	return (const char *)blob->bytes + header->sh_offset;
}

static int damaged(const char *label, const char *how, struct error *error)
{
	return error_set(error, ERROR_BAD_OBJECT, -ENOEXEC, "%s is damaged: %s", label, how);
}

/* No name is longer than this, wherever in the table it begins, so reading one takes limited time. */
static int check_names(const char *table, size_t size, const char *label, struct error *error)
{
	const char *end = table + size;

	if (size && end[-1])
		return damaged(label, "a table of names has no end", error);
	while (table < end) {
		size_t length = strlen(table);

		if (length > NAME_LENGTH_MAX)
			return error_set(error, ERROR_BAD_OBJECT, -ENAMETOOLONG,
					 "%s has a name of %zu characters; %d is the most", label,
					 length, NAME_LENGTH_MAX);
		table += length + 1;
	}
	return 0;
}

/*
 * `*left` is the number of bytes of the file that no section has so far: compilers put no byte into two
 * sections.
 */
static int check_section(const struct blob *blob, const GElf_Shdr *header, size_t *left,
			 const char *label, struct error *error)
{
	if (header->sh_type == SHT_NULL || header->sh_type == SHT_NOBITS)
		return 0;
	if (header->sh_offset > blob->size || header->sh_size > blob->size - header->sh_offset)
		return error_set(error, ERROR_BAD_OBJECT, -ENOEXEC, "%s is truncated or damaged",
				 label);
	if (header->sh_size > *left)
		return damaged(label, "its sections overlap", error);
	*left -= header->sh_size;
	return header->sh_type == SHT_STRTAB
		       ? check_names((const char *)blob->bytes + header->sh_offset, header->sh_size,
				     label, error)
		       : 0;
}

/*
 * The section is treated as texts from beginning to end, because type records contain zeros, which end texts,
 * too.
 */
static uint64_t longest_text(const char *bytes, size_t size)
{
	const char *end = bytes + size;
	size_t longest = 0;

	while (bytes < end) {
		size_t length = strnlen(bytes, end - bytes);

		longest = length > longest ? length : longest;
		bytes += length + 1;
	}
	return longest;
}

/* libbpf finds maps and their definitions by the types of their variables. */
static int check_without_types(Elf *elf, const char *label, struct error *error)
{
	GElf_Shdr header;

	if (elf_section(elf, "maps", &header))
		return error_set(error, ERROR_BAD_OBJECT, -ENOEXEC,
				 "%s declares its maps in SEC(\"maps\"), which libbpf 1.0 no "
				 "longer supports, and "
				 "has no type information (BTF), which maps need; use "
				 "SEC(\".maps\"), and compile it "
				 "with 'clang -g' (Rust: aya's btf_maps, 'debug = 2' in the "
				 "profile, and 'bpf-linker "
				 "--btf')",
				 label);
	if (!elf_section(elf, ".maps", &header))
		return 0;
	return error_set(
		error, ERROR_BAD_OBJECT, -ENOEXEC,
		"%s has maps but no type information (BTF), which describes them; compile it "
		"with 'clang -g' (Rust: 'debug = 2' in the profile, and 'bpf-linker --btf')",
		label);
}

/* libbpf uses the last section of that name, and other readers use the first. */
static int check_types(Elf *elf, const struct blob *blob, const char *label, struct error *error)
{
	struct btf_header types;
	size_t size, n_sections = 0;
	const void *bytes;
	GElf_Shdr header, found = {};

	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
		if (!section_is_named(elf, section, BTF_ELF_SEC, &header))
			continue;
		found = header;
		n_sections++;
	}
	if (!n_sections)
		return check_without_types(elf, label, error);
	if (n_sections > 1)
		return damaged(label, "it has more than one section " BTF_ELF_SEC, error);
	bytes = bytes_of(blob, &found, &size);
	/* libbpf checks the rest, but not that the data after the header is aligned. */
	if (!bytes || size < sizeof(types) ||
	    ((struct btf_header *)memcpy(&types, bytes, sizeof(types)))->hdr_len % sizeof(uint32_t))
		return damaged(label, "its type information (BTF) cannot be read", error);
	if (longest_text(bytes, size) * (size / sizeof(struct btf_type)) > TYPE_TEXTS_MAX)
		return damaged(label, "its type information (BTF) has too long a text", error);
	return 0;
}

int elf_check_layout(const struct blob *blob, const char *label, struct error *error)
{
	const unsigned char *bytes = blob->bytes;
	cleanup(elf_endp) Elf *elf = NULL;
	size_t left = blob->size;
	GElf_Shdr section;
	Elf64_Ehdr header;
	int result = 0;

	if (blob->size < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return error_set(error, ERROR_BAD_OBJECT, -ENOEXEC, "%s is not an ELF object",
				 label);
	if (blob->size < sizeof(header))
		return error_set(error, ERROR_BAD_OBJECT, -ENOEXEC, "%s is truncated", label);
	memcpy(&header, bytes, sizeof(header));
	if (bytes[EI_CLASS] != ELFCLASS64 || bytes[EI_DATA] != HOST_ELFDATA ||
	    header.e_machine != EM_BPF)
		return error_set(
			error, ERROR_BAD_OBJECT, -ENOEXEC,
			"%s is for another machine; it must be compiled for BPF, " HOST_ENDIAN
			" endian (clang -target bpf)",
			label);
	elf = elf_open(blob);
	if (!elf || header.e_shoff > blob->size ||
	    (uint64_t)header.e_shnum * header.e_shentsize > blob->size - header.e_shoff)
		return error_set(error, ERROR_BAD_OBJECT, -ENOEXEC, "%s is truncated or damaged",
				 label);
	for (Elf_Scn *next = NULL; result == 0 && (next = elf_nextscn(elf, next));)
		result = gelf_getshdr(next, &section)
				 ? check_section(blob, &section, &left, label, error)
				 : damaged(label, "a section has no header", error);
	return result;
}

int elf_check(const struct blob *blob, const char *label, struct error *error)
{
	int result = elf_check_layout(blob, label, error);
	cleanup(elf_endp) Elf *elf = result == 0 ? elf_open(blob) : NULL;

	return result == 0 ? check_types(elf, blob, label, error) : result;
}

/* Marks the symbols that the relocations of a section refer to. */
static bool *find_used_symbols(Elf_Data *relocations, size_t n_symbols)
{
	bool *used = calloc(n_symbols + 1, sizeof(*used));
	GElf_Rel entry;

	for (int i = 0; used && gelf_getrel(relocations, i, &entry); i++)
		if (GELF_R_SYM(entry.r_info) < n_symbols)
			used[GELF_R_SYM(entry.r_info)] = true;
	return used;
}

static int compare_names(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* Notes the names of the used symbols that are functions. */
static int note_functions(Elf *elf, Elf_Data *table, size_t names, const bool *used,
			  size_t n_symbols, struct tail_callees *ret)
{
	GElf_Sym symbol;

	ret->names = calloc(n_symbols + 1, sizeof(*ret->names));
	if (!ret->names)
		return -ENOMEM;
	for (size_t i = 0; i < n_symbols; i++) {
		const char *name;

		if (!used[i] || !gelf_getsym(table, i, &symbol) ||
		    GELF_ST_TYPE(symbol.st_info) != STT_FUNC)
			continue;
		name = elf_strptr(elf, names, symbol.st_name);
		if (name)
			ret->names[ret->n_names++] = name;
	}
	if (ret->n_names)
		qsort(ret->names, ret->n_names, sizeof(*ret->names), compare_names);
	return 0;
}

static int read_callees(Elf *elf, struct tail_callees *ret)
{
	GElf_Shdr relocations, symbols;
	Elf_Scn *section = elf_section(elf, ".rel.maps", &relocations);
	Elf_Data *entries = section ? elf_getdata(section, NULL) : NULL, *table;
	cleanup(freep) bool *used = NULL;
	size_t n_symbols;

	section = entries ? elf_getscn(elf, relocations.sh_link) : NULL;
	table = section && gelf_getshdr(section, &symbols) ? elf_getdata(section, NULL) : NULL;
	if (!table)
		return 0;
	n_symbols = table->d_size / sizeof(Elf64_Sym);
	used = find_used_symbols(entries, n_symbols);
	return used ? note_functions(elf, table, symbols.sh_link, used, n_symbols, ret) : -ENOMEM;
}

int tail_callees_read(const struct blob *blob, struct tail_callees *ret, struct error *error)
{
	cleanup(tail_callees_done) struct tail_callees callees = { .elf = elf_open(blob) };

	if (callees.elf && read_callees(callees.elf, &callees) < 0)
		return error_memory(error);
	*ret = callees;
	callees = (struct tail_callees){};
	return 0;
}

bool tail_callees_have(const struct tail_callees *callees, const char *function)
{
	return callees->n_names && bsearch(&function, callees->names, callees->n_names,
					   sizeof(*callees->names), compare_names);
}

void tail_callees_done(struct tail_callees *callees)
{
	free(callees->names);
	elf_end(callees->elf);
	*callees = (struct tail_callees){};
}

const void *elf_section_bytes(const struct blob *blob, const char *section, size_t *ret_size)
{
	cleanup(elf_endp) Elf *elf = elf_open(blob);
	GElf_Shdr header;

	return elf && elf_section(elf, section, &header) ? bytes_of(blob, &header, ret_size) : NULL;
}

bool elf_has_btf(const struct blob *blob)
{
	size_t size;

	return elf_section_bytes(blob, BTF_ELF_SEC, &size);
}

struct btf *elf_read_btf(const struct blob *blob)
{
	size_t size = 0;
	const void *bytes = elf_section_bytes(blob, ".BTF", &size);

	return bytes ? btf__new(bytes, size) : NULL;
}

void elf_free_btf(struct btf **btf)
{
	btf__free(steal(*btf));
}

/* The index of the section of that name; SHN_UNDEF if there is none. */
static size_t section_index(Elf *elf, const char *name)
{
	GElf_Shdr header;
	Elf_Scn *section = elf_section(elf, name, &header);

	return section ? elf_ndxscn(section) : SHN_UNDEF;
}

/* The name in the blob, unless libelf has copied it to memory that does not last. */
static const char *name_in(const struct blob *blob, const char *name)
{
	uintptr_t begin = (uintptr_t)blob->bytes, at = (uintptr_t)name;

	return at >= begin && at - begin < blob->size ? name : NULL;
}

int elf_each_global(const struct blob *blob, elf_visit visit, void *userdata)
{
	cleanup(elf_endp) Elf *elf = elf_open(blob);
	GElf_Shdr header;
	Elf_Scn *section = elf ? elf_section(elf, ".symtab", &header) : NULL;
	Elf_Data *table = section ? elf_getdata(section, NULL) : NULL;
	size_t license = elf ? section_index(elf, "license") : SHN_UNDEF;
	size_t version = elf ? section_index(elf, "version") : SHN_UNDEF;
	int result = 0;
	GElf_Sym entry;

	for (int i = 0; result == 0 && table && gelf_getsym(table, i, &entry); i++) {
		const struct elf_symbol symbol = {
			.name = name_in(blob, elf_strptr(elf, header.sh_link, entry.st_name)),
			.is_defined = entry.st_shndx != SHN_UNDEF,
			.is_weak = GELF_ST_BIND(entry.st_info) == STB_WEAK,
		};

		if (GELF_ST_BIND(entry.st_info) == STB_LOCAL || !symbol.name || !*symbol.name ||
		    (symbol.is_defined && (entry.st_shndx == license || entry.st_shndx == version)))
			continue;
		result = visit(&symbol, userdata);
	}
	return result;
}

/* Fields of the definition that the section does not have are 0. */
static bool read_legacy_map(Elf_Scn *section, const GElf_Sym *symbol, struct legacy_map *ret)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t size = sizeof(ret->definition);

	if (!data || !data->d_buf || symbol->st_value > data->d_size)
		return false;
	size = symbol->st_size < size ? symbol->st_size : size;
	if (size > data->d_size - symbol->st_value)
		return false;
	memcpy(&ret->definition, (const char *)data->d_buf + symbol->st_value, size);
	return true;
}

int elf_each_legacy_map(const struct blob *blob, legacy_map_visit visit, void *userdata)
{
	cleanup(elf_endp) Elf *elf = elf_open(blob);
	GElf_Shdr header, maps;
	Elf_Scn *section = elf ? elf_section(elf, ".symtab", &header) : NULL;
	Elf_Scn *definitions = elf ? elf_section(elf, "maps", &maps) : NULL;
	Elf_Data *table = section && definitions ? elf_getdata(section, NULL) : NULL;
	int result = 0;
	GElf_Sym entry;

	for (int i = 0; result == 0 && table && gelf_getsym(table, i, &entry); i++) {
		struct legacy_map map = {
			.name = name_in(blob, elf_strptr(elf, header.sh_link, entry.st_name)),
		};

		if (entry.st_shndx == elf_ndxscn(definitions) && map.name && *map.name &&
		    GELF_ST_TYPE(entry.st_info) == STT_OBJECT &&
		    read_legacy_map(definitions, &entry, &map))
			result = visit(&map, userdata);
	}
	return result;
}
