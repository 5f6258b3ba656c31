// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Refused chain files are those of the last report of each directory. */
#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/service/refused-files.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

/* Reports `count` files of the directory, whose owners begin with that letter. */
static int report(struct refused_files *files, const char *directory, char letter, size_t count,
		  struct error *error)
{
	struct refused_file_request *items = calloc(count + 1, sizeof(*items));
	struct list list = { count, items };
	int result;

	for (size_t i = 0; i < count; i++)
		items[i] = (struct refused_file_request){
			strdup("file"), strndup((const char[]){ letter, 'a' + (char)i % 26 }, 2),
			strdup("why")
		};
	result = refused_files_report(files, directory, &list, error);
	for (size_t i = 0; i < count; i++) {
		free(items[i].file);
		free(items[i].owner);
		free(items[i].why);
	}
	free(items);
	return result;
}

static void has(const struct refused_files *files, const char *owner, size_t count)
{
	cleanup(json_decrefp) json_t *encoded = refused_files_encode(files, owner);

	assert_int_equal(json_array_size(encoded), count);
	assert_int_equal(encoded != NULL, count > 0);
}

static void a_report_replaces_the_last_one_of_its_directory(void **state)
{
	cleanup(refused_files_done) struct refused_files files = {};

	(void)state;
	has(&files, NULL, 0);
	assert_int_equal(report(&files, "/one", 'x', 3, NULL), 0);
	assert_int_equal(report(&files, "/two", 'y', 2, NULL), 0);
	has(&files, NULL, 5);
	has(&files, "xb", 1);
	has(&files, "yc", 0);
	assert_int_equal(report(&files, "/one", 'z', 1, NULL), 0);
	has(&files, NULL, 3);
	has(&files, "xb", 0);
	assert_int_equal(report(&files, "/one", 'z', 0, NULL), 0);
	has(&files, NULL, 2);
}

static void a_client_cannot_fill_the_memory(void **state)
{
	cleanup(refused_files_done) struct refused_files files = {};
	cleanup(error_done) struct error error = {};

	(void)state;
	assert_int_equal(report(&files, "/one", 'x', 1024, NULL), 0);
	assert_int_equal(report(&files, "/two", 'y', 1, &error), -EDQUOT);
	assert_int_equal(error.id, ERROR_LIMIT_EXCEEDED);
	has(&files, NULL, 1024);
	assert_int_equal(report(&files, "/one", 'x', 1023, NULL), 0);
	assert_int_equal(report(&files, "/two", 'y', 1, NULL), 0);
	has(&files, NULL, 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_replaces_the_last_one_of_its_directory),
		cmocka_unit_test(a_client_cannot_fill_the_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
