#include "object/elf.h"

#include "base/cleanup.h"

#include <elf.h>
#include <gelf.h>
#include <stdint.h>
#include <string.h>

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

/* The section of that name, its header in `*header`; NULL if there is none. */
static Elf_Scn *elf_section(Elf *elf, const char *name, GElf_Shdr *header)
{
	size_t names;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return NULL;
	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
		const char *candidate;

		if (!gelf_getshdr(section, header))
			continue;
		candidate = elf_strptr(elf, names, header->sh_name);
		if (candidate && !strcmp(candidate, name))
			return section;
	}
	return NULL;
}

int elf_check(const struct blob *blob, const char *label, struct error *error)
{
	const unsigned char *bytes = blob->bytes;
	cleanup(elf_endp) Elf *elf = NULL;
	GElf_Shdr section;
	Elf64_Ehdr header;

	if (blob->size < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return error_set(error, ERROR_BAD_OBJECT, -ENOEXEC, "%s is not an ELF object",
				 label);
	if (blob->size < sizeof(header))
		return error_set(error, ERROR_BAD_OBJECT, -ENOEXEC, "%s is cut short", label);
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
		return error_set(error, ERROR_BAD_OBJECT, -ENOEXEC, "%s is cut short or damaged",
				 label);
	if (!elf_section(elf, ".BTF", &section))
		return error_set(error, ERROR_BAD_OBJECT, -ENOEXEC,
				 "%s has no BTF; compile it with 'clang -g'", label);
	return 0;
}

bool elf_is_tail_callee(const struct blob *blob, const char *function)
{
	cleanup(elf_endp) Elf *elf = elf_open(blob);
	GElf_Shdr relocations, symbols;
	Elf_Data *entries, *table;
	Elf_Scn *section;

	if (!elf)
		return false;
	section = elf_section(elf, ".rel.maps", &relocations);
	if (!section || !relocations.sh_entsize)
		return false;
	entries = elf_getdata(section, NULL);
	section = elf_getscn(elf, relocations.sh_link);
	if (!section || !gelf_getshdr(section, &symbols))
		return false;
	table = elf_getdata(section, NULL);
	for (size_t i = 0; i < relocations.sh_size / relocations.sh_entsize; i++) {
		GElf_Rel entry;
		GElf_Sym symbol;
		const char *name;

		if (!gelf_getrel(entries, i, &entry) ||
		    !gelf_getsym(table, GELF_R_SYM(entry.r_info), &symbol))
			continue;
		name = elf_strptr(elf, symbols.sh_link, symbol.st_name);
		if (GELF_ST_TYPE(symbol.st_info) == STT_FUNC && name && !strcmp(name, function))
			return true;
	}
	return false;
}

const void *elf_section_bytes(const struct blob *blob, const char *section, size_t *ret_size)
{
	cleanup(elf_endp) Elf *elf = elf_open(blob);
	GElf_Shdr header;

	if (!elf || !elf_section(elf, section, &header) || header.sh_offset > blob->size ||
	    header.sh_size > blob->size - header.sh_offset)
		return NULL;
	*ret_size = header.sh_size;
	return (const char *)blob->bytes + header.sh_offset;
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
			.name = elf_strptr(elf, header.sh_link, entry.st_name),
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
