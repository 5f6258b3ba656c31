// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Changes objects where it matters: in a field of a header, a symbol, a relocation, a type, a variable or an
 * instruction, mostly to boundary values. Most of an object stays valid, so it is read further than an object
 * with random bytes changed.
 */
#include "base/cleanup.h"
#include "tests/fuzz/fuzz.h"

#include <elf.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <string.h>

#define CHANGES_MAX 4

struct object_bytes {
	uint8_t *bytes;
	size_t size;
	size_t size_max;
	uint32_t random;
};

/* A part of the object. */
struct part {
	size_t offset;
	size_t size;
};

static const uint64_t borders[] = {
	0,	    1,
	2,	    3,
	4,	    7,
	8,	    12,
	15,	    16,
	17,	    31,
	32,	    33,
	63,	    64,
	127,	    128,
	255,	    256,
	4095,	    4096,
	32767,	    32768,
	65535,	    65536,
	0x7fffffff, 0x80000000,
	0xfffffff8, 0xfffffffe,
	0xffffffff, INT64_MAX,
	1ull << 63, UINT64_MAX - 7,
	UINT64_MAX,
};

static uint64_t change_number(struct object_bytes *object, uint64_t number, size_t width)
{
	switch (random_below(&object->random, 6)) {
	case 0:
		return borders[random_below(&object->random, array_size(borders))];
	case 1:
		return number + random_below(&object->random, 9) - 4;
	case 2:
		return number ^ 1ull << random_below(&object->random, 8 * width);
	case 3:
		return random_below(&object->random, 64);
	case 4:
		return random_below(&object->random, object->size);
	default:
		return random_next(&object->random) | (uint64_t)random_next(&object->random) << 32;
	}
}

/* A number of one, two, four or eight bytes. */
static void change_field(struct object_bytes *object, size_t offset, size_t width)
{
	uint64_t number = 0;

	if (offset > object->size || width > object->size - offset)
		return;
	memcpy(&number, object->bytes + offset, width); /* little-endian */
	number = change_number(object, number, width);
	memcpy(object->bytes + offset, &number, width);
}

/* Changes one of the fields of a struct; `width` lists their sizes. */
static void change_struct(struct object_bytes *object, size_t offset, const uint8_t *widths)
{
	size_t count = 0, chosen;

	while (widths[count])
		count++;
	chosen = random_below(&object->random, count);
	for (size_t i = 0; i < chosen; i++)
		offset += widths[i];
	change_field(object, offset, widths[chosen]);
}

/* Changes one of the structs of a table. */
static void change_entry(struct object_bytes *object, struct part table, const uint8_t *widths)
{
	size_t size = 0;

	for (const uint8_t *width = widths; *width; width++)
		size += *width;
	if (table.size >= size)
		change_struct(object,
			      table.offset +
				      random_below(&object->random, table.size / size) * size,
			      widths);
}

static const uint8_t section_widths[] = { 4, 4, 8, 8, 8, 8, 4, 4, 8, 8, 0 };
static const uint8_t symbol_widths[] = { 4, 1, 1, 2, 8, 8, 0 };
static const uint8_t relocation_widths[] = { 8, 4, 4, 0 };
static const uint8_t instruction_widths[] = { 1, 1, 2, 4, 0 };
static const uint8_t number_widths[] = { 4, 0 };
/* `info` has a number of members, and a kind. */
static const uint8_t type_widths[] = { 4, 2, 1, 1, 4, 0 };

/* The number of bytes after a type of that kind. */
static size_t rest_of_type(uint32_t info)
{
	static const uint8_t fixed[] = { [BTF_KIND_INT] = 4,
					 [BTF_KIND_ARRAY] = 12,
					 [BTF_KIND_VAR] = 4,
					 [BTF_KIND_DECL_TAG] = 4 };
	static const uint8_t each[] = {
		[BTF_KIND_STRUCT] = 12,	   [BTF_KIND_UNION] = 12,   [BTF_KIND_ENUM] = 8,
		[BTF_KIND_FUNC_PROTO] = 8, [BTF_KIND_DATASEC] = 12, [BTF_KIND_ENUM64] = 12,
	};
	uint32_t kind = BTF_INFO_KIND(info);
	size_t size = kind < array_size(fixed) ? fixed[kind] : 0;

	return size + (kind < array_size(each) ? each[kind] * BTF_INFO_VLEN(info) : 0);
}

/* The types, or the strings, of the section. */
static struct part part_of_types(const struct object_bytes *object, struct part section, bool texts)
{
	struct btf_header header;
	uint64_t offset, size;

	if (section.size < sizeof(header))
		return (struct part){};
	memcpy(&header, object->bytes + section.offset, sizeof(header));
	offset = (uint64_t)header.hdr_len + (texts ? header.str_off : header.type_off);
	size = texts ? header.str_len : header.type_len;
	return offset <= section.size && size <= section.size - offset
		       ? (struct part){ section.offset + offset, size }
		       : (struct part){};
}

/* The type is chosen by its position, so a type with many members is not chosen more often. */
static void change_type(struct object_bytes *object, struct part types)
{
	size_t at = 0, chosen, count = 0;
	struct btf_type type;

	for (int pass = 0; pass < 2; pass++) {
		chosen = pass ? random_below(&object->random, count) : SIZE_MAX;
		count = 0;
		for (at = 0; at + sizeof(type) <= types.size && count < chosen; count++) {
			memcpy(&type, object->bytes + types.offset + at, sizeof(type));
			at += sizeof(type) + rest_of_type(type.info);
		}
		if (!count && !pass)
			return;
	}
	if (at + sizeof(type) > types.size)
		return;
	memcpy(&type, object->bytes + types.offset + at, sizeof(type));
	if (rest_of_type(type.info) >= sizeof(uint32_t) && random_below(&object->random, 2))
		change_entry(
			object,
			(struct part){ types.offset + at + sizeof(type), rest_of_type(type.info) },
			number_widths);
	else
		change_struct(object, types.offset + at, type_widths);
}

static void change_types(struct object_bytes *object, struct part section)
{
	switch (random_below(&object->random, 16)) {
	case 0:
		change_entry(object, (struct part){ section.offset, sizeof(struct btf_header) },
			     number_widths);
		return;
	case 1:
		section = part_of_types(object, section, true);
		if (section.size)
			object->bytes[section.offset +
				      random_below(&object->random, section.size)] =
				random_next(&object->random);
		return;
	default:
		change_type(object, part_of_types(object, section, false));
	}
}

/* Moves the section to the end of the file, with its contents twice. */
static void grow_section(struct object_bytes *object, size_t header, struct part section)
{
	uint64_t offset = (object->size + 7) / 8 * 8, size = 2 * section.size;

	if (offset > object->size_max || size > object->size_max - offset || !size)
		return;
	memset(object->bytes + object->size, 0, offset - object->size);
	memcpy(object->bytes + offset, object->bytes + section.offset, section.size);
	memcpy(object->bytes + offset + section.size, object->bytes + section.offset, section.size);
	object->size = offset + size;
	memcpy(object->bytes + header + offsetof(Elf64_Shdr, sh_offset), &offset, sizeof(offset));
	memcpy(object->bytes + header + offsetof(Elf64_Shdr, sh_size), &size, sizeof(size));
}

static const char *section_name(const struct object_bytes *object, const Elf64_Ehdr *header,
				const Elf64_Shdr *section)
{
	size_t at = header->e_shoff + (size_t)header->e_shstrndx * sizeof(*section);
	Elf64_Shdr names;

	if (at > object->size || sizeof(names) > object->size - at)
		return "";
	memcpy(&names, object->bytes + at, sizeof(names));
	if (names.sh_offset > object->size || names.sh_size > object->size - names.sh_offset ||
	    section->sh_name >= names.sh_size ||
	    !memchr(object->bytes + names.sh_offset + section->sh_name, 0,
		    names.sh_size - section->sh_name))
		return "";
	return (const char *)object->bytes + names.sh_offset + section->sh_name;
}

static void change_contents(struct object_bytes *object, const Elf64_Shdr *section,
			    const char *name)
{
	struct part contents = { section->sh_offset, section->sh_size };

	if (!strcmp(name, ".BTF"))
		change_types(object, contents);
	else if (!strcmp(name, ".BTF.ext"))
		change_entry(object, contents, number_widths);
	else if (section->sh_type == SHT_SYMTAB)
		change_entry(object, contents, symbol_widths);
	else if (section->sh_type == SHT_REL)
		change_entry(object, contents, relocation_widths);
	else if (section->sh_flags & SHF_EXECINSTR)
		change_entry(object, contents, instruction_widths);
	else
		change_field(object, contents.offset + random_below(&object->random, contents.size),
			     1);
}

/* Sections that much code reads are changed more often; debug information, which nothing reads, rarely. */
static bool is_worth_it(struct object_bytes *object, const Elf64_Shdr *section, const char *name)
{
	if (!strncmp(name, ".BTF", 4) || section->sh_flags & SHF_EXECINSTR)
		return true;
	if (!strncmp(name, ".debug", 6) || !strncmp(name, ".rel.debug", 10))
		return !random_below(&object->random, 64);
	return random_below(&object->random, 2);
}

static bool change_section(struct object_bytes *object, const Elf64_Ehdr *header)
{
	size_t at = header->e_shoff +
		    sizeof(Elf64_Shdr) * random_below(&object->random, header->e_shnum);
	Elf64_Shdr section;
	const char *name;
	bool is_there;

	if (at > object->size || sizeof(section) > object->size - at)
		return false;
	memcpy(&section, object->bytes + at, sizeof(section));
	name = section_name(object, header, &section);
	is_there = section.sh_type != SHT_NOBITS && section.sh_size &&
		   section.sh_offset <= object->size &&
		   section.sh_size <= object->size - section.sh_offset;
	if (!is_worth_it(object, &section, name))
		return false;
	if (!is_there || !random_below(&object->random, 16))
		change_struct(object, at, section_widths);
	else if (!random_below(&object->random, 32))
		grow_section(object, at, (struct part){ section.sh_offset, section.sh_size });
	else
		change_contents(object, &section, name);
	return true;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t size_max, unsigned int seed)
{
	struct object_bytes object = { bytes, size, size_max, seed * 2654435761u | 1 };
	uint32_t changes = 1 + random_below(&object.random, CHANGES_MAX);
	Elf64_Ehdr header;

	if (size < sizeof(header) || !random_below(&object.random, 32))
		return LLVMFuzzerMutate(bytes, size, size_max);
	for (int tries = 0; changes && tries < 1000; tries++) {
		memcpy(&header, bytes, sizeof(header));
		if (header.e_shoff >= object.size || !header.e_shnum)
			return LLVMFuzzerMutate(bytes, size, size_max);
		changes -= change_section(&object, &header);
	}
	return object.size;
}
