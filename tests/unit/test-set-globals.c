// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Whatever sizes and offsets an object's BTF claims, a value is written into its variable or not at all.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "object/elf.h"
#include "object/object.h"
#include "object/set-globals.h"
#include "tests/unit/edited-object.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#define SECTION ".rodata"
#define SECTION_SIZE \
	48 /* the kind of variables; if a section has a size, its variables keep their offsets */
#define ALL_BITS 0xffffffffu

/* The part of the section's bytes that libbpf will pass to the kernel. */
static char *section_bytes(const struct bpf_object *opened, size_t *ret_size)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, opened)
	{
		if (strstr(bpf_map__name(map), SECTION))
			return bpf_map__initial_value(map, ret_size);
	}
	fail_msg("there is no section");
	return NULL;
}

static struct btf_var_secinfo *variable(struct edited_object *object, const char *name)
{
	return edited_variable(object, SECTION, name);
}

/* The struct of `peer`, and the arrays of other variables, without their qualifiers. */
static struct btf_type *type_of(struct edited_object *object, const char *name)
{
	struct btf_type *type = edited_type(object, variable(object, name)->type);

	do
		type = edited_type(object, type->type);
	while (btf_is_mod(type));
	return type;
}

static void make_int_larger(struct edited_object *object)
{
	edited_type_named(object, "unsigned char", BTF_KIND_INT)->size = 200;
}

static void make_int_and_variable_larger(struct edited_object *object)
{
	make_int_larger(object);
	variable(object, "answer")->size = 200;
}

static void make_int_odd(struct edited_object *object)
{
	edited_type_named(object, "unsigned char", BTF_KIND_INT)->size = 24;
	variable(object, "answer")->size = 24;
}

static void make_int_of_some_bits(struct edited_object *object)
{
	*(__u32 *)(edited_type_named(object, "unsigned char", BTF_KIND_INT) + 1) = 4;
}

static void begin_int_behind_its_bytes(struct edited_object *object)
{
	*(__u32 *)(edited_type_named(object, "unsigned char", BTF_KIND_INT) + 1) = 255 << 16 | 8;
}

static void make_enum_odd(struct edited_object *object)
{
	edited_type_named(object, "mode", BTF_KIND_ENUM)->size = 3;
	variable(object, "mode")->size = 3;
}

static void make_enum_large(struct edited_object *object)
{
	edited_type_named(object, "mode", BTF_KIND_ENUM)->size = ALL_BITS;
	variable(object, "mode")->size = ALL_BITS;
}

/* libbpf does not change the offsets of variables if their section has a size. */
static size_t keep_offsets(struct edited_object *object)
{
	size_t size = 0;

	assert_non_null(elf_section_bytes(&object->blob, SECTION, &size));
	edited_type_named(object, SECTION, BTF_KIND_DATASEC)->size = size;
	return size;
}

static void put_variable_at_the_end(struct edited_object *object)
{
	variable(object, "large")->offset = keep_offsets(object) - 7;
}

static void put_variable_before_the_section(struct edited_object *object)
{
	keep_offsets(object);
	variable(object, "large")->offset = -8;
}

static void make_variable_larger_than_the_section(struct edited_object *object)
{
	variable(object, "large")->size = ALL_BITS;
}

static void put_member_far_away(struct edited_object *object)
{
	btf_members(type_of(object, "peer"))[1].offset = ALL_BITS - 7;
}

static void put_member_at_the_end(struct edited_object *object)
{
	btf_members(type_of(object, "peer"))[1].offset = 12 * 8;
}

static void put_member_between_bytes(struct edited_object *object)
{
	btf_members(type_of(object, "peer"))[1].offset += 4;
}

static void make_array_longer(struct edited_object *object)
{
	btf_array(type_of(object, "ports"))->nelems = ALL_BITS;
}

static void make_array_shorter(struct edited_object *object)
{
	btf_array(type_of(object, "ports"))->nelems = 3;
}

static void make_member_array_longer(struct edited_object *object)
{
	struct btf_type *structure = type_of(object, "peer");

	btf_array(edited_type(object, btf_members(structure)[0].type))->nelems = ALL_BITS;
}

/* An array of 2^32 - 1 arrays of 2^32 - 1 elements: libbpf cannot compute its size. */
static void nest_arrays(struct edited_object *object)
{
	struct btf_type *structure = type_of(object, "peer");
	__u32 inner = btf_members(structure)[0].type;

	btf_array(edited_type(object, inner))->nelems = ALL_BITS;
	btf_array(type_of(object, "ports"))->type = inner;
	btf_array(type_of(object, "ports"))->nelems = ALL_BITS;
}

static void make_a_circle(struct edited_object *object)
{
	__u32 id = edited_type(object, variable(object, "answer")->type)->type;

	edited_type(object, id)->type = id;
}

#define DAMAGED(part)                                                                      \
	"the type information (BTF) of fw.o is damaged: '" part "' does not fit into its " \
	"variable"
#define OUTSIDE(name)                                                                    \
	"'" name "' of fw.o cannot be set: it is in section .rodata, which libbpf does " \
	"not allow to be set"

static const struct row {
	void (*edit)(struct edited_object *object);
	const char *set;
	const char *sentence; /* NULL: the value can be set */
} rows[] = {
	{ make_int_larger, "answer=1", DAMAGED("answer") },
	{ make_int_and_variable_larger, "answer=1", OUTSIDE("answer") },
	{ make_int_odd, "answer=1", "'answer' of fw.o is a __u8: it can be set only as hex:BYTES" },
	{ make_int_odd, "answer=hex:000102030405060708090a0b0c0d0e0f1011121314151617", NULL },
	{ make_int_odd, "answer=hex:00010203",
	  "'answer' of fw.o is a __u8: expected 24 bytes, but '00010203' has 4" },
	{ make_int_of_some_bits, "answer=1",
	  "'answer' of fw.o is a __u8: it can be set only as hex:BYTES" },
	{ make_int_of_some_bits, "answer=hex:07", NULL },
	{ begin_int_behind_its_bytes, "answer=1",
	  "'answer' of fw.o is a __u8: it can be set only as hex:BYTES" },
	{ make_enum_odd, "mode=MODE_DECIDE",
	  "'mode' of fw.o is an enum mode: it can be set only as hex:BYTES" },
	{ make_enum_odd, "mode=hex:010203", NULL },
	{ make_enum_large, "mode=MODE_DECIDE", OUTSIDE("mode") },
	{ put_variable_at_the_end, "large=1", OUTSIDE("large") },
	{ put_variable_before_the_section, "large=1", OUTSIDE("large") },
	{ make_variable_larger_than_the_section, "large=1", OUTSIDE("large") },
	{ put_member_far_away, "peer.offset=1", DAMAGED("peer.offset") },
	{ put_member_at_the_end, "peer.offset=hex:41414141", DAMAGED("peer.offset") },
	{ put_member_between_bytes, "peer.offset=1",
	  "'peer.offset' of fw.o is a bit field and cannot be set alone; set the whole structure "
	  "as hex:BYTES" },
	{ make_array_longer, "ports=1,2,3,4,5,6", DAMAGED("ports") },
	{ make_array_longer, "ports[4294967294]=1", DAMAGED("ports[4294967294]") },
	{ make_array_shorter, "ports=1,2,3",
	  "'ports' of fw.o is a __u16[3]: it can be set only as hex:BYTES" },
	{ make_array_shorter, "ports[2]=7", NULL },
	{ make_member_array_longer, "peer.mac=hex:41414141", DAMAGED("peer.mac") },
	{ make_member_array_longer, "peer.mac[4294967294]=1", DAMAGED("peer.mac[4294967294]") },
	{ nest_arrays, "ports=1", DAMAGED("ports") },
	{ nest_arrays, "ports[1]=1", DAMAGED("ports[1]") },
	{ make_a_circle, "answer=1", DAMAGED("answer") },
	{ make_a_circle, "answer=hex:01", DAMAGED("answer") },
};

static void check(const struct row *row, const struct bpf_object *opened)
{
	cleanup(error_done) struct error error = {};
	char *value = (char *)row->set;
	const struct strings values = { .n_items = 1, .items = &value };
	size_t size;
	char *bytes = section_bytes(opened, &size), before[SECTION_SIZE];
	int result;

	assert_true(size <= sizeof(before));
	memcpy(before, bytes, size);
	result = set_globals("fw.o", &values, opened, &error);
	assert_string_equal(error.message ?: "", row->sentence ?: "");
	assert_int_equal(result < 0, row->sentence != NULL);
	assert_int_equal(memcmp(before, bytes, size) != 0, !row->sentence);
}

static void a_value_is_written_into_its_variable_or_nowhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup(error_done) struct error error = {};
		struct edited_object edited = {};
		struct bpf_object *opened;

		edited_object_read("kind-variables", &edited);
		rows[i].edit(&edited);
		if (object_open(&(const struct object){ .blob = edited.blob, .label = "fw.o" },
				NULL, &opened, &error) < 0)
			fail_msg("row %zu: %s", i, error.message);
		check(&rows[i], opened);
		bpf_object__close(opened);
		edited_object_done(&edited);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_written_into_its_variable_or_nowhere),
	};

	return cmocka_run_group_tests_name("values", tests, NULL, NULL);
}
