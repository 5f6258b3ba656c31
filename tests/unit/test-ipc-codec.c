// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Walks the tables: what each method's request accepts, and what it refuses. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "ipc/codec.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static json_t *good_object(const struct field *fields, size_t *n_fds);

/* A value that the field accepts; its descriptors follow `*n_fds` others. */
static json_t *good_value(const struct field *field, size_t *n_fds)
{
	size_t first = *n_fds;

	switch (field->kind) {
	case FIELD_NAME:
		return json_string("some name");
	case FIELD_NAMES:
		return json_pack("[s, s]", "eth0", "eth1");
	case FIELD_NUMBER:
	case FIELD_SECONDS:
		return json_integer(field->maximum ?: 1000000007);
	case FIELD_BOOLEAN:
		return json_true();
	case FIELD_VERDICTS:
		return json_pack("[s, s]", "pass", "redirect");
	case FIELD_CHOICE:
		return json_string(field->type->names[1]);
	case FIELD_FD:
		*n_fds += 1;
		return json_integer(first);
	case FIELD_FDS:
		*n_fds += 2;
		return json_pack("[i, i]", first, first + 1);
	case FIELD_OBJECT:
		return good_object(field->type->fields, n_fds);
	case FIELD_OBJECTS:
		return json_pack("[o, o]", good_object(field->type->fields, n_fds),
				 good_object(field->type->fields, n_fds));
	default:
		return NULL;
	}
}

/* An object with all fields but one; NULL: with all. */
static json_t *good_object_without(const struct field *fields, const struct field *missing,
				   size_t *n_fds)
{
	json_t *object = json_object();

	for (const struct field *field = fields; field->name; field++)
		if (field != missing)
			assert_return_code(
				json_object_set_new(object, field->name, good_value(field, n_fds)),
				0);
	return object;
}

static json_t *good_object(const struct field *fields, size_t *n_fds)
{
	return good_object_without(fields, NULL, n_fds);
}

static json_t *good_request_without(const struct method *method, const struct field *missing)
{
	size_t n_fds = 0;

	return good_object_without(method->in, missing, &n_fds);
}

static json_t *good_request(const struct method *method)
{
	return good_request_without(method, NULL);
}

/* How many descriptors the parameters refer to. */
static size_t count_fds(const struct method *method, const json_t *parameters)
{
	size_t count = 0;

	for (const struct field *field = method->in; field->name; field++) {
		const json_t *value = json_object_get(parameters, field->name);

		if (field->kind == FIELD_FD)
			count += json_is_integer(value);
		else if (field->kind == FIELD_FDS)
			count += json_array_size(value);
	}
	return count;
}

static struct fds open_fds(size_t count)
{
	struct fds fds = { .n_fds = count };

	for (size_t i = 0; i < count; i++)
		fds.fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fds;
}

/* Takes `parameters`; NULL if they can be decoded, else the sentence, to be freed. */
static char *refusal_with(const struct method *method, json_t *parameters, size_t n_fds)
{
	cleanup(fds_done) struct fds fds = open_fds(n_fds);
	cleanup(error_done) struct error error = {};
	cleanup(freep) void *request = calloc(1, method->request_size);
	int result;

	request_init(method, request);
	result = request_decode(method, parameters, &fds, request, &error);
	request_done(method, request);
	json_decref(parameters);
	if (result == 0)
		return NULL;
	assert_int_equal(result, -EINVAL);
	assert_int_equal(error.id, ERROR_INVALID_ARGUMENT);
	return steal(error.message);
}

static char *refusal(const struct method *method, json_t *parameters)
{
	return refusal_with(method, parameters, count_fds(method, parameters));
}

/* The request is refused with exactly this sentence. */
static void refused(enum method_id id, json_t *parameters, const char *sentence)
{
	cleanup(freep) char *message = refusal(&methods[id], parameters);

	assert_non_null(message);
	assert_string_equal(message, sentence);
}

static void whole_requests_survive_the_way_there_and_back(void **state)
{
	(void)state;
	for (enum method_id id = 0; id < METHOD_COUNT; id++) {
		const struct method *method = &methods[id];
		cleanup(json_decrefp) json_t *parameters = good_request(method);
		cleanup(json_decrefp) json_t *again = NULL;
		cleanup(fds_done) struct fds fds = open_fds(count_fds(method, parameters));
		cleanup(freep) void *request = calloc(1, method->request_size);
		struct fds sent = {};

		request_init(method, request);
		assert_int_equal(request_decode(method, parameters, &fds, request, NULL), 0);
		assert_int_equal(request_encode(method, request, &again, &sent, NULL), 0);
		assert_true(json_equal(parameters, again));
		assert_int_equal(sent.n_fds, count_fds(method, parameters));
		request_done(method, request);
	}
}

static void an_empty_request_encodes_to_nothing(void **state)
{
	(void)state;
	for (enum method_id id = 0; id < METHOD_COUNT; id++) {
		cleanup(json_decrefp) json_t *parameters = NULL;
		cleanup(freep) void *request = calloc(1, methods[id].request_size);
		struct fds sent = {};

		request_init(&methods[id], request);
		assert_int_equal(request_encode(&methods[id], request, &parameters, &sent, NULL),
				 0);
		assert_int_equal(json_object_size(parameters), 0);
		assert_int_equal(sent.n_fds, 0);
	}
}

static void a_missing_field_is_named_unless_it_is_optional(void **state)
{
	(void)state;
	for (enum method_id id = 0; id < METHOD_COUNT; id++) {
		const struct method *method = &methods[id];

		for (const struct field *field = method->in; field->name; field++) {
			json_t *parameters = good_request_without(method, field);
			cleanup(freep) char *expected = NULL;
			cleanup(freep) char *message = refusal(method, parameters);

			assert_true(asprintf(&expected, "%s: required field %s is missing",
					     method->name, field->name) > 0);
			if (field->optional)
				assert_null(message);
			else
				assert_string_equal(message, expected);
		}
	}
}

static bool has_type(const struct field *field, json_type type)
{
	switch (field->kind) {
	case FIELD_NAME:
	case FIELD_CHOICE:
		return type == JSON_STRING;
	case FIELD_NAMES:
	case FIELD_FDS:
	case FIELD_VERDICTS:
	case FIELD_OBJECTS:
		return type == JSON_ARRAY;
	case FIELD_NUMBER:
	case FIELD_SECONDS:
	case FIELD_FD:
		return type == JSON_INTEGER;
	case FIELD_BOOLEAN:
		return type == JSON_TRUE || type == JSON_FALSE;
	default:
		return false;
	}
}

static void refuses_type(const struct method *method, const struct field *field, const char *value)
{
	cleanup(json_decrefp) json_t *wrong = json_loads(value, JSON_DECODE_ANY, NULL);
	json_t *parameters = good_request(method);
	cleanup(freep) char *beginning = NULL;
	cleanup(freep) char *message = NULL;

	if (!has_type(field, json_typeof(wrong))) {
		json_object_set(parameters, field->name, wrong);
		message = refusal(method, parameters);
		assert_true(asprintf(&beginning, "%s: %s: %s is n", method->name, field->name,
				     value) > 0);
		assert_non_null(message);
		assert_memory_equal(message, beginning, strlen(beginning));
	} else {
		json_decref(parameters);
	}
}

static void a_value_of_the_wrong_type_is_quoted(void **state)
{
	static const char *const values[] = { "\"text\"", "12", "1.5", "true", "[]", "{}" };

	(void)state;
	for (enum method_id id = 0; id < METHOD_COUNT; id++)
		for (const struct field *field = methods[id].in; field->name; field++)
			for (size_t i = 0; i < array_size(values); i++)
				refuses_type(&methods[id], field, values[i]);
}

static void an_undeclared_field_is_refused(void **state)
{
	(void)state;
	for (enum method_id id = 0; id < METHOD_COUNT; id++) {
		json_t *parameters = good_request(&methods[id]);
		cleanup(freep) char *message = NULL;
		cleanup(freep) char *expected = NULL;

		json_object_set_new(parameters, "colour", json_string("blue"));
		message = refusal(&methods[id], parameters);
		assert_true(asprintf(&expected, "%s: unknown field 'colour'", methods[id].name) >
			    0);
		assert_string_equal(message, expected);
	}
}

static void null_is_not_given(void **state)
{
	json_t *parameters = good_request(&methods[METHOD_STATUS]);

	(void)state;
	json_object_set_new(parameters, "devices", json_null());
	assert_null(refusal(&methods[METHOD_STATUS], parameters));
}

static json_t *attach_with(const char *name, json_t *value)
{
	json_t *parameters = json_pack("{s:[s], s:i}", "devices", "eth0", "object", 0);

	json_object_set_new(parameters, name, value);
	return parameters;
}

static void numbers_have_limits(void **state)
{
	(void)state;
	assert_null(refusal(&methods[METHOD_ATTACH], attach_with("priority", json_integer(0))));
	assert_null(refusal(&methods[METHOD_ATTACH], attach_with("priority", json_integer(65535))));
	refused(METHOD_ATTACH, attach_with("priority", json_integer(70000)),
		"Attach: priority: 70000 is too large (maximum 65535)");
	refused(METHOD_ATTACH, attach_with("priority", json_integer(-1)),
		"Attach: priority: -1 is negative");
	refused(METHOD_ATTACH, attach_with("expect_generation", json_integer(-5)),
		"Attach: expect_generation: -5 is negative");
	refused(METHOD_ATTACH, attach_with("confirm", json_integer(0)),
		"Attach: confirm: 0 is too small (minimum 1)");
	refused(METHOD_ATTACH, attach_with("confirm", json_integer(86401)),
		"Attach: confirm: 86401 is too large (maximum 86400)");
}

static void choices_are_listed(void **state)
{
	(void)state;
	refused(METHOD_ATTACH, attach_with("mode", json_string("fast")),
		"Attach: mode: \"fast\" is not one of native, skb");
	refused(METHOD_ATTACH, attach_with("proceed_on", json_pack("[s, s]", "pass", "PASS")),
		"Attach: proceed_on[1]: \"PASS\" is not one of aborted, drop, pass, tx, redirect");
}

static void names_can_be_shown(void **state)
{
	char longest[NAME_LENGTH_MAX + 2] = "";

	(void)state;
	memset(longest, 'x', NAME_LENGTH_MAX);
	assert_null(refusal(&methods[METHOD_ATTACH], attach_with("name", json_string(longest))));
	longest[NAME_LENGTH_MAX] = 'x';
	refused(METHOD_ATTACH, attach_with("name", json_string(longest)),
		"Attach: name: a name of 512 bytes is too long (maximum 511)");
	refused(METHOD_ATTACH, attach_with("name", json_string("")),
		"Attach: name: \"\" is not a name (it is empty)");
	refused(METHOD_ATTACH, attach_with("name", json_string("a\033[2J")),
		"Attach: name: \"a\\u001B[2J\" is not a valid name (it contains control "
		"characters)");
	refused(METHOD_ATTACH, attach_with("name", json_string("a\302\233b")),
		"Attach: name: \"a\\u009Bb\" is not a valid name (it contains control characters)");
	refused(METHOD_STATUS, json_pack("{s:[s, s]}", "devices", "eth0", ""),
		"Status: devices[1]: \"\" is not a name (it is empty)");
	assert_null(refusal(&methods[METHOD_ATTACH], attach_with("name", json_string("Zürich"))));
}

static void lists_have_limits_and_no_doubles(void **state)
{
	cleanup(json_decrefp)
		json_t *doubles = json_pack("{s:[s, s, s]}", "devices", "b", "a", "b");
	const struct method *method = &methods[METHOD_STATUS];
	struct status_request request = {};
	struct fds fds = {};
	json_t *longer = json_array();

	(void)state;
	assert_int_equal(request_decode(method, doubles, &fds, &request, NULL), 0);
	assert_int_equal(request.devices.n_items, 2);
	assert_string_equal(request.devices.items[0], "b");
	assert_string_equal(request.devices.items[1], "a");
	request_done(method, &request);
	for (size_t i = 0; i <= LIST_LENGTH_MAX; i++)
		json_array_append_new(longer, json_string("eth0"));
	refused(METHOD_STATUS, json_pack("{s:o}", "devices", longer),
		"Status: devices: a list of 4097 items is too long (maximum 4096)");
}

static void descriptors_are_counted(void **state)
{
	const struct method *attach = &methods[METHOD_ATTACH];
	cleanup(freep) char *none = refusal_with(attach, attach_with("object", json_integer(0)), 0);
	cleanup(freep) char *other = refusal_with(attach, attach_with("object", json_integer(1)),
						  1);
	cleanup(freep) char *more = refusal_with(attach, attach_with("object", json_integer(0)), 2);
	cleanup(freep) char *any = refusal_with(&methods[METHOD_STATUS], json_object(), 1);

	(void)state;
	assert_string_equal(none, "Attach: object: no file descriptor 0 was sent with the request");
	assert_string_equal(other,
			    "Attach: object: no file descriptor 1 was sent with the request");
	assert_string_equal(more, "Attach: file descriptor 1 was sent, but no field uses it");
	assert_string_equal(any, "Status: file descriptor 0 was sent, but no field uses it");
}

static void text_that_is_not_utf8_is_kept(void **state)
{
	struct attach_request request = { .object = -1, .component.name = "\377" };
	cleanup(error_done) struct error error = {};
	struct fds fds = {};
	json_t *parameters;

	(void)state;
	assert_int_equal(
		request_encode(&methods[METHOD_ATTACH], &request, &parameters, &fds, &error),
		-EINVAL);
	assert_string_equal(error.message, "Attach: name is not valid UTF-8");
}

static void is_encoded_as(const char *text, const char *expected)
{
	cleanup(json_decrefp) json_t *string = text_encode(text);

	assert_string_equal(json_string_value(string), expected);
}

static void any_text_can_be_encoded(void **state)
{
	(void)state;
	is_encoded_as("", "");
	is_encoded_as("Zürich", "Zürich");
	is_encoded_as("a\377b", "a?b");
	is_encoded_as("\303", "?");
	is_encoded_as("ü\303\303\274\200", "ü?ü?");
	is_encoded_as("\360\237\230\200\360\237", "\360\237\230\200??");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_requests_survive_the_way_there_and_back),
		cmocka_unit_test(an_empty_request_encodes_to_nothing),
		cmocka_unit_test(a_missing_field_is_named_unless_it_is_optional),
		cmocka_unit_test(a_value_of_the_wrong_type_is_quoted),
		cmocka_unit_test(an_undeclared_field_is_refused),
		cmocka_unit_test(null_is_not_given),
		cmocka_unit_test(numbers_have_limits),
		cmocka_unit_test(choices_are_listed),
		cmocka_unit_test(names_can_be_shown),
		cmocka_unit_test(lists_have_limits_and_no_doubles),
		cmocka_unit_test(descriptors_are_counted),
		cmocka_unit_test(text_that_is_not_utf8_is_kept),
		cmocka_unit_test(any_text_can_be_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
