// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Chain files: the published schema, the requests that they become, and errors in them. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "ipc/codec.h"
#include "ipc/schema.h"
#include "tests/unit/test.h"

#include <string.h>

static void the_published_schema_is_that_of_the_tables(void **state)
{
	cleanup(json_decrefp) json_t *published = json_load_file(SCHEMA_FILE, 0, NULL);
	cleanup(json_decrefp) json_t *schema = schema_new();

	(void)state;
	assert_non_null(schema);
	if (!json_equal(published, schema))
		fail_msg("%s is not what it should be: build/ipc/print-schema >%s makes it so",
			 SCHEMA_FILE, SCHEMA_FILE);
}

static void a_document_becomes_chains(void **state)
{
	cleanup(json_decrefp) json_t *document = json_loads(
		"{\"devices\": [{\"name\": \"eth0\", \"mode\": \"skb\", \"components\": ["
		"{\"object\": \"a.o\", \"priority\": 7, \"proceed_on\": []},"
		"{\"object\": \"b.o\", \"name\": \"b\"}]},"
		"{\"name\": \"eth1\", \"netns\": \"blue\", \"components\": []}]}",
		0, NULL);
	const struct chain_component *components;
	const struct chain_device *devices;
	struct chains chains = {};

	(void)state;
	assert_int_equal(document_decode(&chains_type, document, "c.json", &chains, NULL), 0);
	assert_int_equal(chains.devices.n_items, 2);
	devices = chains.devices.items;
	assert_string_equal(devices[0].name, "eth0");
	assert_int_equal(devices[0].mode, 2);
	assert_null(devices[0].netns);
	assert_string_equal(devices[1].netns, "blue");
	assert_int_equal(devices[1].components.n_items, 0);
	assert_int_equal(devices[0].components.n_items, 2);
	components = devices[0].components.items;
	assert_string_equal(components[0].object, "a.o");
	assert_true(components[0].component.priority.given);
	assert_int_equal(components[0].component.priority.value, 7);
	assert_true(components[0].component.proceed_on.given);
	assert_int_equal(components[0].component.proceed_on.value, 0);
	assert_string_equal(components[1].component.name, "b");
	assert_false(components[1].component.priority.given);
	document_done(&chains_type, &chains);
}

static void what_is_wrong_is_named_by_its_path(void **state)
{
	static const struct {
		const char *document;
		const char *sentence;
	} rows[] = {
		{ "[]", "c.json: must be an object" },
		{ "{}", "c.json: required field devices is missing" },
		{ "{\"devices\": {}}", "c.json: devices: {} is not a list" },
		{ "{\"devices\": [7]}", "c.json: devices[0]: 7 is not an object" },
		{ "{\"devices\": [], \"colour\": 1}", "c.json: unknown field 'colour'" },
		{ "{\"devices\": [{\"name\": \"e\"}]}",
		  "c.json: devices[0]: required field components is missing" },
		{ "{\"devices\": [{\"name\": null, \"components\": []}]}",
		  "c.json: devices[0].name: null is not a string" },
		{ "{\"devices\": [{\"name\": \"e\", \"components\": []}, {\"name\": \"e\", "
		  "\"components\": [{}, {}, {\"priority\": 70000}]}]}",
		  "c.json: devices[1].components[2].priority: 70000 is too large (maximum 65535)" },
		{ "{\"devices\": [{\"name\": \"e\", \"components\": [{\"proceed_on\": [\"pass\", "
		  "\"go\"]}]}]}",
		  "c.json: devices[0].components[0].proceed_on[1]: \"go\" is not one of aborted, "
		  "drop, pass, tx, redirect" },
		{ "{\"devices\": [{\"name\": \"e\", \"components\": [{\"prio\": 1}]}]}",
		  "c.json: devices[0].components[0]: unknown field 'prio'" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup(json_decrefp) json_t *document = json_loads(rows[i].document, 0, NULL);
		cleanup(error_done) struct error error = {};
		struct chains chains = {};

		assert_non_null(document);
		assert_int_equal(document_decode(&chains_type, document, "c.json", &chains, &error),
				 -EINVAL);
		assert_string_equal(error.message, rows[i].sentence);
		document_done(&chains_type, &chains);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_schema_is_that_of_the_tables),
		cmocka_unit_test(a_document_becomes_chains),
		cmocka_unit_test(what_is_wrong_is_named_by_its_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
