// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The interface's text conforms to Varlink's grammar and to the tables. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/error.h"
#include "base/verdict.h"
#include "ipc/validate.h"
#include "tests/unit/test.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A reader of the text: there are spaces and comments between words. */
static const char *at;

static void skip_blanks(void)
{
	while (isspace((unsigned char)*at) || *at == '#')
		at = *at == '#' ? strchrnul(at, '\n') : at + 1;
}

static bool take(const char *word)
{
	size_t length = strlen(word);

	skip_blanks();
	if (strncmp(at, word, length) != 0 ||
	    (isalnum((unsigned char)word[0]) && isalnum((unsigned char)at[length])))
		return false;
	at += length;
	return true;
}

static void expect(const char *word)
{
	if (!take(word))
		fail_msg("'%s' expected at '%.40s'", word, at);
}

/* A name as in the grammar: letters and digits, with single underscores between them. */
static void take_name(bool is_member, char ret[static 64])
{
	size_t length = 0;

	skip_blanks();
	assert_true(is_member ? isupper((unsigned char)*at) : isalpha((unsigned char)*at));
	while (isalnum((unsigned char)at[length]) ||
	       (!is_member && at[length] == '_' && isalnum((unsigned char)at[length + 1])))
		length++;
	assert_true(length < 64);
	memcpy(ret, at, length);
	ret[length] = '\0';
	at += length;
}

static void names_are(const char *const *names)
{
	expect("(");
	for (; *names; names++) {
		expect(*names);
		expect(names[1] ? "," : ")");
	}
}

static bool is_declared(const char *name)
{
	for (const struct type *const *type = types; *type; type++)
		if (!strcmp((*type)->name, name))
			return true;
	return false;
}

static void take_type(void)
{
	static const char *const plain[] = { "string", "int", "bool" };
	char name[64];

	if (take("[]")) {
		take_type();
		return;
	}
	for (size_t i = 0; i < array_size(plain); i++)
		if (take(plain[i]))
			return;
	take_name(true, name);
	if (!is_declared(name))
		fail_msg("there is no type '%s'", name);
}

static void fields_are(const struct field *fields)
{
	expect("(");
	for (const struct field *field = fields; field->name; field++) {
		char name[64];

		take_name(false, name);
		assert_string_equal(name, field->name);
		expect(":");
		assert_int_equal(take("?"), field->optional);
		take_type();
		if (field[1].name)
			expect(",");
	}
	expect(")");
}

static void the_interface_text_matches_the_tables(void **state)
{
	cleanup(freep) char *text = interface_text();

	(void)state;
	at = text;
	assert_non_null(text);
	expect("interface");
	expect(INTERFACE_NAME);
	for (const struct type *const *type = types; *type; type++) {
		expect("type");
		expect((*type)->name);
		if ((*type)->names)
			names_are((*type)->names);
		else
			fields_are((*type)->fields);
	}
	for (enum method_id id = 0; id < METHOD_COUNT; id++) {
		expect("method");
		expect(methods[id].name);
		fields_are(methods[id].in);
		expect("->");
		fields_are(methods[id].out);
	}
	for (enum error_id id = ERROR_NONE + 1; id < ERROR_COUNT; id++) {
		expect("error");
		expect(error_name(id));
		expect("(message: string, errno: string, detail: []string)");
	}
	skip_blanks();
	assert_int_equal(*at, '\0');
}

/* All symbols of the interface in one list: types, methods and errors; ends with NULL. */
static const char **list_symbols(void)
{
	const char **symbols = calloc(256, sizeof(*symbols));
	size_t n = 0;

	assert_non_null(symbols);
	for (const struct type *const *type = types; *type; type++)
		symbols[n++] = (*type)->name;
	for (enum method_id id = 0; id < METHOD_COUNT; id++)
		symbols[n++] = methods[id].name;
	for (enum error_id id = ERROR_NONE + 1; id < ERROR_COUNT; id++)
		symbols[n++] = error_name(id);
	assert_true(n < 256);
	return symbols;
}

/* varlinkctl(1) refuses an interface in which a type has the name of a method. */
static void no_name_has_two_meanings(void **state)
{
	cleanup(freep) const char **symbols = list_symbols();

	(void)state;
	for (size_t i = 0; symbols[i]; i++)
		for (size_t j = i + 1; symbols[j]; j++)
			if (!strcmp(symbols[i], symbols[j]))
				fail_msg("'%s' is defined twice", symbols[i]);
}

static void verdicts_are_those_of_base(void **state)
{
	const struct field *field = field_find(methods[METHOD_ATTACH].in, "proceed_on");

	(void)state;
	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		assert_string_equal(field->type->names[verdict], verdict_name(verdict));
	assert_null(field->type->names[VERDICT_COUNT]);
}

static void lists_of_choices_fit_their_buffer(void **state)
{
	char text[CHOICES_TEXT_MAX];

	(void)state;
	for (const struct type *const *type = types; *type; type++) {
		if ((*type)->names)
			assert_true(strlen(choices_format(*type, text)) < sizeof(text) - 1);
	}
}

static void members_do_not_overlap(void **state)
{
	(void)state;
	for (enum method_id id = 0; id < METHOD_COUNT; id++) {
		for (const struct field *field = methods[id].in; field->name; field++) {
			assert_true(field->offset < methods[id].request_size);
			for (const struct field *other = methods[id].in; other < field; other++) {
				assert_true(other->offset != field->offset);
				assert_string_not_equal(other->name, field->name);
			}
		}
	}
}

static void methods_are_found_by_their_whole_name(void **state)
{
	(void)state;
	for (enum method_id id = 0; id < METHOD_COUNT; id++)
		assert_ptr_equal(method_find(methods[id].name), &methods[id]);
	assert_null(method_find("attach"));
	assert_null(method_find("Attac"));
	assert_null(method_find(""));
}

static void replies_are_checked_to_the_bottom(void **state)
{
	cleanup(json_decrefp) json_t *reply =
		json_pack("{s:[{s:s, s:i, s:s, s:s, s:s, s:i, s:{s:i, s:s, s:i}, s:[]}]}",
			  "devices", "ifname", "eth0", "ifindex", 1, "state", "attached", "mode",
			  "native", "linker", "fused", "generation", 1, "rootlet", "prog_id", 5,
			  "link_id", "five", "verified", 2, "components");
	json_t *rootlet = json_object_get(json_array_get(json_object_get(reply, "devices"), 0),
					  "rootlet");
	cleanup(error_done) struct error error = {};

	(void)state;
	assert_int_equal(fields_validate(methods[METHOD_STATUS].out, reply, "Status", &error),
			 -EINVAL);
	assert_string_equal(error.message,
			    "Status: devices[0].rootlet.link_id: \"five\" is not a whole number");
	json_object_set_new(rootlet, "link_id", json_integer(5));
	assert_int_equal(fields_validate(methods[METHOD_STATUS].out, reply, "Status", NULL), 0);
}

static void replies_of_others_have_any_names_and_no_nulls(void **state)
{
	static const struct field fields[] = {
		{ .name = "names", .kind = FIELD_NAMES },
		{ .name = "number", .kind = FIELD_NUMBER, .optional = true },
		{},
	};
	static const struct {
		const char *reply;
		int result;
		int types_result; /* if only types are checked */
	} rows[] = {
		{ "{\"names\": [\"\", \"a\\u001b\"]}", 0, 0 },
		{ "{\"names\": [1]}", -EINVAL, -EINVAL },
		{ "{\"names\": [null]}", -EINVAL, -EINVAL },
		{ "{\"names\": {}}", -EINVAL, -EINVAL },
		{ "{\"names\": null}", -EINVAL, 0 },
		{ "{\"names\": [], \"number\": null}", -EINVAL, 0 },
		{ "{\"names\": [], \"number\": -1}", -EINVAL, 0 },
		{ "{\"names\": [], \"number\": \"1\"}", -EINVAL, -EINVAL },
		{ "{\"names\": [], \"more\": 1}", -EINVAL, 0 },
		{ "{}", -EINVAL, 0 },
		{ "[]", -EINVAL, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup(json_decrefp) json_t *reply = json_loads(rows[i].reply, 0, NULL);

		assert_non_null(reply);
		assert_int_equal(reply_validate(fields, reply, "reply", NULL), rows[i].result);
		assert_int_equal(reply_types_validate(fields, reply, "reply", NULL),
				 rows[i].types_result);
	}
	assert_int_equal(reply_validate(fields, NULL, "reply", NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_of_others_have_any_names_and_no_nulls),
		cmocka_unit_test(the_interface_text_matches_the_tables),
		cmocka_unit_test(no_name_has_two_meanings),
		cmocka_unit_test(verdicts_are_those_of_base),
		cmocka_unit_test(lists_of_choices_fit_their_buffer),
		cmocka_unit_test(members_do_not_overlap),
		cmocka_unit_test(methods_are_found_by_their_whole_name),
		cmocka_unit_test(replies_are_checked_to_the_bottom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
