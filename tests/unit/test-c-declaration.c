// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Declarations and values of types, as compilers generate them, and as none does. */
#include "base/cleanup.h"
#include "object/c-declaration.h"
#include "object/elf.h"
#include "object/global-variable-format.h"
#include "tests/unit/test.h"

#include <linux/btf.h>
#include <string.h>

#define TEXT_MAX 200

static void declares(const struct btf *btf, int id, const char *name, const char *expected)
{
	cleanup(freep) char *text = c_declaration(btf, id, name);

	assert_string_equal(text ?: "(none)", expected);
}

/* int (*)(const char *format, ...) */
static int add_printer(struct btf *btf, int number)
{
	int text = btf__add_ptr(btf, btf__add_const(btf, btf__add_int(btf, "char", 1, 0)));
	int prototype = btf__add_func_proto(btf, number);

	assert_int_equal(btf__add_func_param(btf, "format", text), 0);
	assert_int_equal(btf__add_func_param(btf, "", 0), 0);
	return btf__add_ptr(btf, prototype);
}

static void types_are_declared_as_in_c(void **state)
{
	cleanup(elf_free_btf) struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int pointer = btf__add_ptr(btf, number);
	int array = btf__add_array(btf, number, number, 4);
	int printer = add_printer(btf, number);

	(void)state;
	declares(btf, number, "a", "int a");
	declares(btf, number, "", "int");
	declares(btf, 0, "", "void");
	declares(btf, btf__add_const(btf, btf__add_volatile(btf, number)), "a",
		 "const volatile int a");
	declares(btf, pointer, "a", "int *a");
	declares(btf, pointer, "", "int *");
	declares(btf, btf__add_const(btf, pointer), "a", "int *const a");
	declares(btf, btf__add_ptr(btf, btf__add_const(btf, pointer)), "a", "int *const *a");
	declares(btf, array, "a", "int a[4]");
	declares(btf, array, "", "int[4]");
	declares(btf, btf__add_array(btf, number, array, 2), "a", "int a[2][4]");
	declares(btf, btf__add_ptr(btf, array), "a", "int (*a)[4]");
	declares(btf, btf__add_array(btf, number, pointer, 2), "a", "int *a[2]");
	declares(btf, printer, "a", "int (*a)(const char *format, ...)");
	declares(btf, btf__add_array(btf, number, printer, 2), "a",
		 "int (*a[2])(const char *format, ...)");
	declares(btf, btf__add_func_proto(btf, 0), "a", "void a(void)");
	declares(btf, btf__add_typedef(btf, "__u32", number), "a", "__u32 a");
	declares(btf, btf__add_fwd(btf, "flow", BTF_FWD_UNION), "a", "union flow a");
}

static void structures_without_a_name_are_written_out(void **state)
{
	cleanup(elf_free_btf) struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED), mode, whole;

	(void)state;
	declares(btf, btf__add_struct(btf, "point", 0), "a", "struct point a");
	declares(btf, btf__add_union(btf, NULL, 0), "a", "union {} a");
	mode = btf__add_enum(btf, NULL, 4);
	assert_int_equal(btf__add_enum_value(btf, "OFF", 0), 0);
	assert_int_equal(btf__add_enum_value(btf, "ON", -1), 0);
	whole = btf__add_struct(btf, NULL, 12);
	assert_int_equal(btf__add_field(btf, "mode", mode, 0, 0), 0);
	assert_int_equal(btf__add_field(btf, "bits", number, 32, 3), 0);
	declares(btf, btf__add_ptr(btf, whole), "a",
		 "struct { enum { OFF = 0, ON = -1 } mode; int bits: 3; } *a");
}

static struct btf_type *edit(struct btf *btf, int id)
{
	return (struct btf_type *)btf__type_by_id(btf, id);
}

static void types_that_no_compiler_makes_are_not_declared(void **state)
{
	cleanup(elf_free_btf) struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int circle = btf__add_const(btf, number), array = btf__add_array(btf, number, number, 2);
	int prototype = btf__add_func_proto(btf, number);

	(void)state;
	edit(btf, circle)->type = circle;
	btf_array(edit(btf, array))->type = array;
	declares(btf, circle, "a", "(none)");
	declares(btf, array, "a", "(none)");
	declares(btf, 1000, "a", "(none)");
	declares(btf, btf__add_func(btf, "f", BTF_FUNC_STATIC, prototype), "a", "(none)");
}

/*
 * A struct with two members, each of which has two members, and so on: printed in full it would have a
 * billion.
 */
static int add_nested(struct btf *btf, int depth, int kind)
{
	int inner = btf__add_int(btf, "int", 4, BTF_INT_SIGNED), id;

	while (depth-- > 0) {
		id = kind == BTF_KIND_UNION ? btf__add_union(btf, NULL, 4)
					    : btf__add_struct(btf, NULL, 4);
		assert_int_equal(btf__add_field(btf, "a", inner, 0, 0), 0);
		assert_int_equal(btf__add_field(btf, "b", inner, 0, 0), 0);
		inner = id;
	}
	return inner;
}

static void long_texts_are_cut(void **state)
{
	cleanup(elf_free_btf) struct btf *btf = btf__new_empty();
	int nested = add_nested(btf, 30, BTF_KIND_UNION), empty = btf__add_struct(btf, NULL, 0);
	int many = btf__add_array(btf, nested, empty, -1);
	cleanup(freep) char *declared = c_declaration(btf, nested, "a");
	const struct global_variable variables[] = { { .type = nested, .size = 4 },
						     { .type = many, .size = 0 } };

	(void)state;
	assert_string_equal(declared + strlen(declared) - 3, "...");
	for (size_t i = 0; i < array_size(variables); i++) {
		cleanup(freep) char *value = global_variable_format(btf, &variables[i], "abc",
								    TEXT_MAX);

		assert_int_equal(strlen(value), TEXT_MAX);
		assert_string_equal(value + TEXT_MAX - 3, "...");
	}
}

/* On a little-endian machine, and from exactly as many bytes as the type has. */
static void has_value(const struct btf *btf, int type, size_t size, const char *bytes,
		      const char *expected)
{
	const struct global_variable variable = { .type = type, .size = size };
	cleanup(freep) char *copy = malloc(size ?: 1);
	cleanup(freep) char *text = NULL;

	memcpy(copy, bytes, size);
	text = global_variable_format(btf, &variable, copy, TEXT_MAX);
	assert_string_equal(text, expected);
}

static void values_are_written_as_their_types_want(void **state)
{
	cleanup(elf_free_btf) struct btf *btf = btf__new_empty();
	int u8 = btf__add_int(btf, "unsigned char", 1, 0);
	int s16 = btf__add_int(btf, "short", 2, BTF_INT_SIGNED);
	int wide = btf__add_int(btf, "__int128", 16, 0);
	int truth = btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL);
	int letters = btf__add_array(btf, u8, u8, 4), mode, whole;

	(void)state;
	mode = btf__add_enum(btf, "mode", 2);
	assert_int_equal(btf__add_enum_value(btf, "ON", 7), 0);
	whole = btf__add_struct(btf, "whole", 4);
	assert_int_equal(btf__add_field(btf, "low", s16, 0, 3), 0);
	assert_int_equal(btf__add_field(btf, "high", u8, 3, 6), 0);
	assert_int_equal(btf__add_field(btf, "last", s16, 16, 0), 0);
	has_value(btf, u8, 1, "\xff", "255");
	has_value(btf, s16, 2, "\xfe\xff", "-2");
	has_value(btf, wide, 16, "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0",
		  "0x00000000000000020000000000000001");
	has_value(btf, truth, 1, "\1", "true");
	has_value(btf, mode, 2, "\7\0", "ON");
	has_value(btf, mode, 2, "\1\0", "1");
	has_value(btf, letters, 4, "abc", "\"abc\"");
	has_value(btf, letters, 4, "a\0bc", "[97, 0, 98, 99]");
	has_value(btf, letters, 4, "\0\0\0\0", "[0, 0, 0, 0]");
	has_value(btf, whole, 4, "\x2d\1\xff\xff", "{-3, 37, -1}");
	has_value(btf, btf__add_ptr(btf, u8), 8, "\1\0\0\0\0\0\0\1", "0x100000000000001");
	has_value(btf, btf__add_float(btf, "double", 8), 8, "\0\0\0\0\0\0\xf0\x3f", "1");
}

static void no_byte_outside_of_the_variable_is_read(void **state)
{
	cleanup(elf_free_btf) struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "int", 4, 0), whole, odd, real;

	(void)state;
	whole = btf__add_struct(btf, "whole", 4);
	assert_int_equal(btf__add_field(btf, "a", number, 64, 0), 0);
	assert_int_equal(btf__add_field(btf, "b", number, 30, 3), 0);
	assert_int_equal(btf__add_field(btf, "c", number, 0, 0), 0);
	odd = btf__add_int(btf, "odd", 8, 0);
	real = btf__add_float(btf, "real", 8);
	edit(btf, odd)->size = 3;
	edit(btf, real)->size = 3;
	has_value(btf, number, 3, "\0\0\0", "?");
	has_value(btf, btf__add_array(btf, number, number, 4), 8, "\1\0\0\0\2\0\0\0", "?");
	has_value(btf, whole, 4, "\5\0\0\0", "{?, ?, 5}");
	has_value(btf, odd, 3, "\0\0\0", "?");
	has_value(btf, real, 3, "\0\0\0", "?");
	has_value(btf, 0, 1, "\0", "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_declared_as_in_c),
		cmocka_unit_test(structures_without_a_name_are_written_out),
		cmocka_unit_test(types_that_no_compiler_makes_are_not_declared),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(values_are_written_as_their_types_want),
		cmocka_unit_test(no_byte_outside_of_the_variable_is_read),
	};

	return cmocka_run_group_tests_name("declaration", tests, NULL, NULL);
}
