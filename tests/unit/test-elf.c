// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Objects with wrong headers are refused, as fast as the file can be read. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "object/elf.h"
#include "object/object.h"
#include "tests/unit/edited-object.h"
#include "tests/unit/test.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void leave_as_it_is(struct edited_object *object)
{
	(void)object;
}

/* It then has more entries than anyone would wait for. */
static void make_section_endless(struct edited_object *object)
{
	edited_section(object, ".rel.maps")->sh_size = UINT64_MAX - 15;
}

static void put_section_behind_the_file(struct edited_object *object)
{
	edited_section(object, ".rel.maps")->sh_offset = UINT64_MAX - 15;
}

static void let_sections_overlap(struct edited_object *object)
{
	Elf64_Shdr *section = edited_section(object, ".maps");

	section->sh_offset = 0;
	section->sh_size = object->blob.size;
}

/* The table with the names of symbols, or of sections; it may be the same one. */
static char *string_table(struct edited_object *object, size_t *ret_size)
{
	const Elf64_Shdr *section = edited_section(object, ".strtab");

	*ret_size = section->sh_size;
	return (char *)object->blob.bytes + section->sh_offset;
}

static void leave_a_name_open(struct edited_object *object)
{
	size_t size;
	char *table = string_table(object, &size);

	table[size - 1] = 'x';
}

static void rename_a_section_to(struct edited_object *object, const char *name)
{
	edited_section(object, "license")->sh_name = edited_section(object, name)->sh_name;
}

static void have_two_kinds_of_types(struct edited_object *object)
{
	rename_a_section_to(object, ".BTF");
}

static void have_no_types(struct edited_object *object)
{
	edited_section(object, ".BTF")->sh_name = 0;
}

static void be_as_libbpf_wanted_it_long_ago(struct edited_object *object)
{
	edited_section(object, ".maps")->sh_name += strlen(".");
	have_no_types(object);
}

static void cut_types_short(struct edited_object *object)
{
	edited_section(object, ".BTF")->sh_size = sizeof(struct btf_header) - 1;
}

static void put_types_between_words(struct edited_object *object)
{
	((struct btf_header *)object->types)->hdr_len++;
}

static void lose_the_types(struct edited_object *object)
{
	edited_section(object, ".BTF")->sh_type = SHT_NOBITS;
	edited_section(object, ".BTF")->sh_offset = UINT64_MAX;
}

static void have_more_sections(struct edited_object *object)
{
	((Elf64_Ehdr *)object->blob.bytes)->e_shnum = 1000;
}

#define DAMAGED(how) "fw.o is damaged: " how
#define CUT	     "fw.o is truncated or damaged"
#define UNREADABLE   DAMAGED("its type information (BTF) cannot be read")

static void headers_that_lie_are_refused(void **state)
{
	static const struct {
		void (*edit)(struct edited_object *object);
		const char *sentence;
	} rows[] = {
		{ leave_as_it_is, "" },
		{ make_section_endless, CUT },
		{ put_section_behind_the_file, CUT },
		{ let_sections_overlap, DAMAGED("its sections overlap") },
		{ leave_a_name_open, DAMAGED("a table of names has no end") },
		{ have_two_kinds_of_types, DAMAGED("it has more than one section .BTF") },
		{ have_no_types, "fw.o has maps but no type information (BTF), which describes "
				 "them; compile it with 'clang -g' (Rust: 'debug = 2' in the "
				 "profile, and 'bpf-linker --btf')" },
		{ be_as_libbpf_wanted_it_long_ago, "fw.o declares its maps in SEC(\"maps\"), which "
						   "libbpf 1.0 no longer supports, and has "
						   "no type information (BTF), which maps need; "
						   "use SEC(\".maps\"), and compile it with "
						   "'clang -g' (Rust: aya's btf_maps, 'debug = 2' "
						   "in the profile, and 'bpf-linker --btf')" },
		{ cut_types_short, UNREADABLE },
		{ put_types_between_words, UNREADABLE },
		{ lose_the_types, UNREADABLE },
		{ have_more_sections, CUT },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup(error_done) struct error error = {};
		struct edited_object edited = {};

		edited_object_read("kind-tail_call", &edited);
		rows[i].edit(&edited);
		elf_check(&edited.blob, "fw.o", &error);
		assert_string_equal(error.message ?: "", rows[i].sentence);
		edited_object_done(&edited);
	}
}

/* Whatever a table's header claims, the table has as many entries as the file has bytes for. */
static void callees_of_tail_calls_are_found_in_the_file_alone(void **state)
{
	static const uint64_t sizes[] = { 0, 15, 16, 1 << 20, INT64_MAX, UINT64_MAX };
	struct edited_object edited = {};

	(void)state;
	edited_object_read("kind-tail_call", &edited);
	for (size_t i = 0; i <= array_size(sizes); i++) {
		cleanup(tail_callees_done) struct tail_callees callees = {};
		bool is_whole = i == array_size(sizes);
		Elf64_Shdr *section = edited_section(&edited, ".rel.maps");
		uint64_t size = section->sh_size;

		section->sh_size = is_whole ? size : sizes[i];
		assert_int_equal(tail_callees_read(&edited.blob, &callees, NULL), 0);
		if (is_whole || sizes[i] < sizeof(Elf64_Rel))
			assert_int_equal(tail_callees_have(&callees, "kind_callee"), is_whole);
		assert_false(tail_callees_have(&callees, "kind"));
		section->sh_size = size;
	}
	edited_object_done(&edited);
}

static void an_object_that_is_cut_short_is_refused(void **state)
{
	struct edited_object edited = {};

	(void)state;
	edited_object_read("kind-tail_call", &edited);
	for (size_t size = 0; size < edited.blob.size; size++) {
		cleanup(tail_callees_done) struct tail_callees callees = {};
		cleanup(freep) void *bytes = malloc(size ?: 1);
		const struct blob blob = { memcpy(bytes, edited.blob.bytes, size), size };

		if (elf_check(&blob, "fw.o", NULL) == 0)
			fail_msg("the first %zu bytes are taken for an object", size);
		assert_int_equal(tail_callees_read(&blob, &callees, NULL), 0);
	}
	edited_object_done(&edited);
}

#define NAME_LENGTH 5000

/* Moves the table of names to the end of the file, with one name more. */
static void add_a_long_name(struct edited_object *object)
{
	size_t size = object->blob.size, table_size;
	const char *table = string_table(object, &table_size);
	char *longer = calloc(1, size + table_size + NAME_LENGTH + 1);

	memcpy(longer, object->blob.bytes, size);
	memcpy(longer + size, table, table_size);
	memset(longer + size + table_size, 'a', NAME_LENGTH);
	free(object->blob.bytes);
	object->blob = (struct blob){ longer, size + table_size + NAME_LENGTH + 1 };
	edited_section(object, ".strtab")->sh_offset = size;
	edited_section(object, ".strtab")->sh_size = object->blob.size - size;
}

static void names_that_are_too_long_are_refused(void **state)
{
	cleanup(error_done) struct error error = {};
	struct edited_object edited = {};

	(void)state;
	edited_object_read("kind-tail_call", &edited);
	add_a_long_name(&edited);
	assert_int_equal(elf_check(&edited.blob, "fw.o", &error), -ENAMETOOLONG);
	assert_string_equal(error.message, "fw.o has a name of 5000 characters; 4095 is the most");
	edited_object_done(&edited);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_that_lie_are_refused),
		cmocka_unit_test(callees_of_tail_calls_are_found_in_the_file_alone),
		cmocka_unit_test(an_object_that_is_cut_short_is_refused),
		cmocka_unit_test(names_that_are_too_long_are_refused),
	};

	return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
