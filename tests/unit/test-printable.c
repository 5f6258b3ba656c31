// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Characters that a terminal would interpret are escaped. */
#include "base/cleanup.h"
#include "base/printable.h"
#include "tests/unit/test.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

static void becomes(const char *text, const char *expected)
{
	cleanup(freep) char *made = printable(text);
	cleanup(freep) char *again = printable(made);

	assert_string_equal(made, expected);
	assert_string_equal(again, expected);
}

static void stays(const char *text)
{
	becomes(text, text);
}

static void text_stays(void **state)
{
	(void)state;
	stays("");
	stays("eth0: 'fw' attached, 100 % \\o/ ~");
	stays("Zürich, Ελλάδα, Кириллица, 漢字, かな, 한글");
	stays("שלום مرحبا"); /* right-to-left letters are printed as they are */
	stays("│ └─ … 😀 \U0001f6e1");
	stays("e\u0301"); /* a combining accent */
}

static void control_characters_are_shown(void **state)
{
	(void)state;
	becomes("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"); /* CSI */
	becomes("\x1b]0;title\a", "\\x1b]0;title\\x07");       /* OSC */
	becomes("a\xc2\x9b"
		"31m \xc2\x9d"
		"0;title\xc2\x9c",
		"a\\x9b31m \\x9d0;title\\x9c"); /* C1 */
	becomes("two\nlines\r\tand\b", "two\\x0alines\\x0d\\x09and\\x08");
	becomes("\x7f\xc2\x80\xc2\x85\xc2\x9f", "\\x7f\\x80\\x85\\x9f");
}

static void format_characters_are_shown(void **state)
{
	(void)state;
	becomes("gpj.\u202eo.wf", "gpj.\\u202eo.wf");
	becomes("\u202a\u202b\u202c\u202d", "\\u202a\\u202b\\u202c\\u202d");
	becomes("\u2066\u2067\u2068\u2069\u061c", "\\u2066\\u2067\\u2068\\u2069\\u061c");
	becomes("\u200b\u200d\u200e\u200f\ufeff\u00ad", "\\u200b\\u200d\\u200e\\u200f\\ufeff\\xad");
	becomes("\u2028\u2029\u2060\u180e\ufff9", "\\u2028\\u2029\\u2060\\u180e\\ufff9");
	becomes("\U000e0041\U0001d173", "\\U000e0041\\U0001d173");
}

static void bytes_that_are_not_utf_8_are_escaped(void **state)
{
	(void)state;
	becomes("\xff\xfe", "\\xff\\xfe");
	becomes("\x9b"
		"31m",
		"\\x9b31m");		   /* C1 as a byte */
	becomes("\xc0\x9b", "\\xc0\\x9b"); /* an overlong encoding */
	becomes("\xe0\x80\x9b", "\\xe0\\x80\\x9b");
	becomes("\xed\xa0\x80", "\\ud800");	    /* one half of a UTF-16 pair */
	becomes("\xf4\x90\x80\x80", "\\U00110000"); /* after the last valid character */
	becomes("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
	becomes("cut \xe6\xbc", "cut \\xe6\\xbc");
	becomes("\xe6\x1b[0m", "\\xe6\\x1b[0m");
	becomes("\xef\xbf\xbe", "\\ufffe");
}

static void lines_may_stay(void **state)
{
	cleanup(freep) char *made = printable_lines("one\n\x1b[2Jtwo\r\n");

	(void)state;
	assert_string_equal(made, "one\n\\x1b[2Jtwo\\x0d\n");
}

static void json_means_the_same(void **state)
{
	static const char text[] = "\xc2\x9b"
				   "31m \x7f \u202e \U000e0041 漢字 \"\\\x1b\n";
	cleanup(json_decrefp) json_t *before = json_pack("{s:s}", "a", text);
	cleanup(freep) char *json = json_dumps(before, JSON_INDENT(2));
	cleanup(freep) char *made = printable_json(json);
	cleanup(json_decrefp) json_t *after = json_loads(made, 0, NULL);
	cleanup(freep) char *shown = printable_lines(made);

	(void)state;
	assert_true(json_equal(before, after));
	assert_string_equal(made, shown);
	assert_non_null(strstr(made, "漢字"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_stays),
		cmocka_unit_test(control_characters_are_shown),
		cmocka_unit_test(format_characters_are_shown),
		cmocka_unit_test(bytes_that_are_not_utf_8_are_escaped),
		cmocka_unit_test(lines_may_stay),
		cmocka_unit_test(json_means_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
