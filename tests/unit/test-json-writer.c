// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The writer without jansson writes the same as jansson. */
#include "base/cleanup.h"
#include "base/json-writer.h"
#include "tests/unit/test.h"

#include <jansson.h>
#include <string.h>

static void is_as_jansson_writes_it(const char *text)
{
	cleanup(json_decrefp) json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	cleanup(freep) char *dumped = json_dumps(json, JSON_INDENT(1));

	assert_non_null(json);
	assert_string_equal(text, dumped);
}

static char *write_everything(void)
{
	struct json_writer writer = {};

	json_writer_open(&writer, NULL, '{');
	json_writer_string(&writer, "left out", NULL);
	json_writer_string(&writer, "plain", "a/b ~");
	json_writer_string(&writer, "odd", "say \"no\"\\\n\t\x01\x7f gr\xc3\xbc\xc3\x9f");
	json_writer_string(&writer, "none", "");
	json_writer_open(&writer, "empty", '{');
	json_writer_close(&writer, '}');
	json_writer_open(&writer, "list", '[');
	json_writer_number(&writer, NULL, INT64_MIN);
	json_writer_number(&writer, NULL, INT64_MAX);
	json_writer_open(&writer, NULL, '[');
	json_writer_close(&writer, ']');
	json_writer_open(&writer, NULL, '{');
	json_writer_boolean(&writer, "yes", true);
	json_writer_boolean(&writer, "no", false);
	json_writer_close(&writer, '}');
	json_writer_close(&writer, ']');
	json_writer_number(&writer, "behind", 0);
	json_writer_close(&writer, '}');
	return json_writer_finish(&writer);
}

static void everything_is_as_jansson_writes_it(void **state)
{
	cleanup(freep) char *text = write_everything();

	(void)state;
	is_as_jansson_writes_it(text);
	assert_null(strstr(text, "left out"));
	assert_non_null(strstr(text, "gr\xc3\xbc\xc3\x9f"));
}

static void bytes_that_are_not_text_are_replaced(void **state)
{
	struct json_writer writer = {};
	cleanup(freep) char *text = NULL;

	(void)state;
	json_writer_open(&writer, NULL, '[');
	json_writer_string(&writer, NULL, "b\xff.o");
	json_writer_close(&writer, ']');
	text = json_writer_finish(&writer);
	assert_string_equal(text, "[\n \"b?.o\"\n]");
}

static void a_compact_text_has_no_blanks_and_line_ends(void **state)
{
	struct json_writer writer = { .is_compact = true };
	cleanup(freep) char *text = NULL;

	(void)state;
	json_writer_open(&writer, NULL, '{');
	json_writer_number(&writer, "one", 1);
	json_writer_open(&writer, "list", '[');
	json_writer_string(&writer, NULL, "a b");
	json_writer_boolean(&writer, NULL, true);
	json_writer_close(&writer, ']');
	json_writer_close(&writer, '}');
	text = json_writer_finish(&writer);
	assert_string_equal(text, "{\"one\":1,\"list\":[\"a b\",true]}");
}

/* However the texts fit into the allocated memory. */
static void length_does_not_matter(void **state)
{
	(void)state;
	for (size_t length = 4000; length < 4200; length++) {
		struct json_writer writer = {};
		cleanup(freep) char *text = NULL;
		char word[4200] = "";

		memset(word, 'x', length);
		json_writer_open(&writer, NULL, '[');
		json_writer_string(&writer, NULL, word);
		json_writer_string(&writer, NULL, word);
		json_writer_close(&writer, ']');
		text = json_writer_finish(&writer);
		is_as_jansson_writes_it(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_as_jansson_writes_it),
		cmocka_unit_test(bytes_that_are_not_text_are_replaced),
		cmocka_unit_test(a_compact_text_has_no_blanks_and_line_ends),
		cmocka_unit_test(length_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
