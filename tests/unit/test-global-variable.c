// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Every type that a global variable can have: the values that it accepts, and the errors for others.
 */
#include "base/cleanup.h"
#include "object/global-variable.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

static void closep_btf(struct btf **btf)
{
	btf__free(*btf);
}

struct place {
	const char *name;
	int type;
	int size;
};

static void add_section(struct btf *btf, const char *name, size_t count, const struct place *places)
{
	int variables[20], section, offset = 0;

	for (size_t i = 0; i < count; i++)
		variables[i] = btf__add_var(btf, places[i].name, BTF_VAR_GLOBAL_ALLOCATED,
					    places[i].type);
	section = btf__add_datasec(btf, name, 0);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(
			btf__add_datasec_var_info(btf, variables[i], offset, places[i].size), 0);
		offset += places[i].size;
	}
	assert_true(section > 0);
}

static int structure(struct btf *btf, int whole, int text)
{
	int id = btf__add_struct(btf, "point", 12);

	assert_int_equal(btf__add_field(btf, "x", whole, 0, 0), 0);
	assert_int_equal(btf__add_field(btf, "name", text, 32, 0), 0);
	assert_int_equal(btf__add_field(btf, "bit", whole, 64, 1), 0);
	return id;
}

/*
 * .rodata has a variable of each type, .data a struct and an array of structs; .maps has no variables.
 */
static struct btf *types(void)
{
	struct btf *btf = btf__new_empty();
	int u8 = btf__add_int(btf, "unsigned char", 1, 0);
	int u16 = btf__add_typedef(btf, "__u16", btf__add_int(btf, "unsigned short", 2, 0));
	int s16 = btf__add_int(btf, "short", 2, BTF_INT_SIGNED);
	int u64 = btf__add_int(btf, "unsigned long long", 8, 0);
	int wide = btf__add_int(btf, "__int128", 16, BTF_INT_SIGNED);
	int boolean = btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL);
	int text = btf__add_int(btf, "char", 1, BTF_INT_SIGNED);
	int text4 = btf__add_array(btf, u8, text, 4);
	int mode = btf__add_enum(btf, "mode", 4);
	int constant, point;

	assert_int_equal(btf__add_enum_value(btf, "OFF", 0), 0);
	assert_int_equal(btf__add_enum_value(btf, "ON", 7), 0);
	constant = btf__add_const(btf, btf__add_volatile(btf, u16));
	point = structure(btf, btf__add_int(btf, "int", 4, BTF_INT_SIGNED), text4);
	add_section(btf, ".rodata", 9,
		    (struct place[]){
			    { "limit", constant, 2 },
			    { "low", s16, 2 },
			    { "large", u64, 8 },
			    { "wide", wide, 16 },
			    { "on", boolean, 1 },
			    { "text", text4, 4 },
			    { "mode", mode, 4 },
			    { "ports", btf__add_array(btf, u8, u16, 3), 6 },
			    { "mac", btf__add_array(btf, u8, u8, 6), 6 },
		    });
	add_section(btf, ".data", 3,
		    (struct place[]){ { "origin", point, 12 },
				      { "points", btf__add_array(btf, u8, point, 2), 24 },
				      { "next", btf__add_ptr(btf, point), 8 } });
	add_section(btf, ".maps", 1, (struct place[]){ { "a_map", point, 12 } });
	return btf;
}

struct row {
	const char *path;
	const char *text;
	const char *outcome; /* the bytes in hexadecimal, or the error, which has spaces */
};

/*
 * The byte order of values is the machine's, so bytes are compared only on little-endian machines.
 */
static const struct row rows[] = {
	{ "limit", "65535", "ffff" },
	{ "limit", "0x1f", "1f00" },
	{ "limit", "hex:1f00", "1f00" },
	{ "limit", "65536",
	  "'limit' of fw.o is a __u16: its range is 0 to 65535, and 65536 is above it" },
	{ "limit", "-1",
	  "'limit' of fw.o is a __u16: its range is 0 to 65535, and -1 is below it" },
	{ "limit", "0xfffffffffffffffffffffffffffffffffff",
	  "'limit' of fw.o is a __u16: its range is 0 to 65535, and "
	  "0xfffffffffffffffffffffffffffffffffff is above it" },
	{ "limit", "many",
	  "'limit' of fw.o is a __u16: expected a whole number from 0 to 65535, got 'many'" },
	{ "limit", "",
	  "'limit' of fw.o is a __u16: expected a whole number from 0 to 65535, got ''" },
	{ "limit", "1 ",
	  "'limit' of fw.o is a __u16: expected a whole number from 0 to 65535, got '1 '" },
	{ "limit", "hex:1f", "'limit' of fw.o is a __u16: expected 2 bytes, but '1f' has 1" },
	{ "low", "-32768", "0080" },
	{ "low", "-32769",
	  "'low' of fw.o is a short: its range is -32768 to 32767, and -32769 is below it" },
	{ "low", "32768",
	  "'low' of fw.o is a short: its range is -32768 to 32767, and 32768 is above it" },
	{ "large", "18446744073709551615", "ffffffffffffffff" },
	{ "large", "18446744073709551616",
	  "'large' of fw.o is an unsigned long long: its range is 0 to 18446744073709551615, and "
	  "18446744073709551616 is above it" },
	{ "wide", "-1", "ffffffffffffffffffffffffffffffff" },
	{ "on", "true", "01" },
	{ "on", "0", "00" },
	{ "on", "maybe", "'on' of fw.o is a _Bool: expected true or false, got 'maybe'" },
	{ "text", "abc", "61626300" },
	{ "text", "", "00000000" },
	{ "text", "hex:61626364", "61626364" },
	{ "text", "abcd",
	  "'text' of fw.o is a char[4]: it holds at most 3 bytes of text, but 'abcd' has 4" },
	{ "mode", "ON", "07000000" },
	{ "mode", "3", "03000000" },
	{ "mode", "MAYBE", "'mode' of fw.o is an enum mode: expected one of OFF, ON, got 'MAYBE'" },
	{ "ports", "1,0x100,3", "010000010300" },
	{ "ports", "1", "010000000000" },
	{ "ports", "0x010002000300", "010002000300" },
	{ "ports", "1,2,3,4",
	  "'ports' of fw.o is a __u16[3]: it has 3 elements, but more were given" },
	{ "ports", "1,,3",
	  "'ports' of fw.o is a __u16: expected a whole number from 0 to 65535, got ''" },
	{ "ports[2]", "9", "0900" },
	{ "ports[3]", "9", "no 'ports[3]' in fw.o: the part before [3] has 3 elements" },
	{ "limit[0]", "9", "no 'limit[0]' in fw.o: the part before [0] has 0 elements" },
	{ "ports[", "9", "invalid variable name 'ports['; use NAME, NAME.MEMBER or NAME[N]" },
	{ "ports[1]x", "9", "invalid variable name 'ports[1]x'; use NAME, NAME.MEMBER or NAME[N]" },
	{ "mac", "hex:02:42:ac:11:00:02", "0242ac110002" },
	{ "mac", "0x0242ac110002", "0242ac110002" },
	{ "mac", "hex:02:42:",
	  "'mac' of fw.o is an unsigned char[6]: expected 6 bytes in hexadecimal, got '02:42:'" },
	{ "origin.x", "-2", "feffffff" },
	{ "origin.name", "me", "6d650000" },
	{ "points[1].x", "5", "05000000" },
	{ "origin", "0x010000006d65000000000000", "010000006d65000000000000" },
	{ "origin", "1",
	  "'origin' of fw.o is a struct point: set its members one by one, as origin.MEMBER, or "
	  "all of it as hex:BYTES" },
	{ "origin.y", "1", "no 'origin.y' in fw.o; the members are x, name, bit" },
	{ "origin.bit", "1",
	  "'origin.bit' of fw.o is a bit field and cannot be set alone; set the whole structure as "
	  "hex:BYTES" },
	{ "limit.x", "1", "no 'limit.x' in fw.o: the part before the last dot has no members" },
	{ "next", "1", "'next' of fw.o is a pointer: it can be set only as hex:BYTES" },
	{ "limits", "1",
	  "fw.o has no global variable 'limits'; it has limit, low, large, wide, on, text, mode, "
	  "ports, mac, origin, points, next" },
	{ "a_map", "1",
	  "fw.o has no global variable 'a_map'; it has limit, low, large, wide, on, text, mode, "
	  "ports, mac, origin, points, next" },
	{ "", "1",
	  "fw.o has no global variable ''; it has limit, low, large, wide, on, text, mode, ports, "
	  "mac, origin, points, next" },
};

static void check(const struct btf *btf, const struct row *row)
{
	cleanup(error_done) struct error error = {};
	struct global_variable variable;
	unsigned char bytes[24];
	char text[2 * sizeof(bytes) + 1] = "";
	int result = global_variable_find(btf, "fw.o", row->path, &variable, &error);

	if (result == 0) {
		assert_in_range(variable.size, 1, sizeof(bytes));
		result = global_variable_parse(btf, "fw.o", row->path, &variable, row->text, bytes,
					       &error);
	}
	if (result < 0) {
		assert_int_equal(error.id, ERROR_INVALID_ARGUMENT);
		assert_string_equal(error.message, row->outcome);
		return;
	}
	for (size_t i = 0; i < variable.size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	assert_string_equal(text, row->outcome);
}

static void every_type_takes_what_it_can_hold_and_refuses_the_rest(void **state)
{
	cleanup(closep_btf) struct btf *btf = types();

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++)
		check(btf, &rows[i]);
}

static void parts_are_where_the_compiler_put_them(void **state)
{
	cleanup(closep_btf) struct btf *btf = types();
	struct global_variable variable;

	(void)state;
	assert_int_equal(global_variable_find(btf, "", "points[1].name", &variable, NULL), 0);
	assert_string_equal(variable.section, ".data");
	assert_int_equal(variable.offset, 12 + 12 + 4);
	assert_int_equal(variable.size, 4);
	assert_int_equal(global_variable_find(btf, "", "ports[2]", &variable, NULL), 0);
	assert_string_equal(variable.section, ".rodata");
	assert_int_equal(variable.offset, 2 + 2 + 8 + 16 + 1 + 4 + 4 + 4);
}

static void without_types_there_are_no_variables(void **state)
{
	cleanup(error_done) struct error error = {};
	struct global_variable variable;

	(void)state;
	assert_int_equal(global_variable_find(NULL, "fw.o", "limit", &variable, &error), -ENOENT);
	assert_string_equal(error.message, "fw.o has no global variable 'limit'; it has none");
}

static void a_circle_of_types_does_not_loop_forever(void **state)
{
	struct btf *btf = btf__new_empty();
	int circle = btf__add_const(btf, 2);
	char text[TYPE_NAME_MAX];

	(void)state;
	assert_int_equal(btf__add_volatile(btf, circle), 2);
	assert_null(type_resolve(btf, circle));
	type_format(btf, circle, text);
	type_format(btf, btf__add_array(btf, circle, 3, 2), text);
	btf__free(btf);
}

static void entries_that_are_not_variables_are_skipped(void **state)
{
	cleanup(closep_btf) struct btf *btf = btf__new_empty();
	cleanup(error_done) struct error error = {};
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int variables[] = { number, btf__add_var(btf, "limit", BTF_VAR_GLOBAL_ALLOCATED, number) };
	struct global_variable variable;

	(void)state;
	btf__add_datasec(btf, ".data", 8);
	for (size_t i = 0; i < array_size(variables); i++)
		assert_int_equal(btf__add_datasec_var_info(btf, variables[i], 4 * i, 4), 0);
	assert_int_equal(global_variable_find(btf, "fw.o", "limit", &variable, &error), 0);
	assert_int_equal(variable.offset, 4);
	assert_int_equal(global_variable_find(btf, "fw.o", "int", &variable, &error), -ENOENT);
	assert_string_equal(error.message, "fw.o has no global variable 'int'; it has limit");
}

#define NAME_LENGTH 100000

static void long_names_in_errors_are_cut(void **state)
{
	cleanup(closep_btf) struct btf *btf = btf__new_empty();
	cleanup(error_done) struct error error = {};
	char name[NAME_LENGTH + 1] = "";
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	struct global_variable variable;

	(void)state;
	memset(name, 'a', NAME_LENGTH);
	add_section(btf, ".data", 1, (struct place[]){ { name, number, 4 } });
	assert_int_equal(global_variable_find(btf, "fw.o", "limit", &variable, &error), -ENOENT);
	assert_in_range(strlen(error.message), 50, 150);
	assert_int_equal(global_variable_find(btf, "fw.o", name, &variable, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_circle_of_types_does_not_loop_forever),
		cmocka_unit_test(every_type_takes_what_it_can_hold_and_refuses_the_rest),
		cmocka_unit_test(parts_are_where_the_compiler_put_them),
		cmocka_unit_test(without_types_there_are_no_variables),
		cmocka_unit_test(entries_that_are_not_variables_are_skipped),
		cmocka_unit_test(long_names_in_errors_are_cut),
	};

	return cmocka_run_group_tests_name("variable", tests, NULL, NULL);
}
