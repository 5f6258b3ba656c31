// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
/* The state directory saves all or nothing, whatever was there before. */
#include "base/cleanup.h"
#include "base/directory.h"
#include "daemon/state/object-store.h"
#include "daemon/state/state-directory.h"
#include "tests/unit/test.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define COMPONENT                                                                              \
	"{\"id\": 1, \"name\": \"a\","                                                         \
	" \"priority\": 10, \"proceed_on\": [\"pass\", \"tx\"], \"on_failure\": \"skip\","     \
	" \"object\": \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\","   \
	" \"label\": \"a.o\", \"program\": \"main\", \"loaded\": {\"id\": 5, \"frags\": true," \
	" \"processed\": 10, \"stack\": [8, 0]}, \"counters\": {\"run\": 3, \"proceed\": 2,"   \
	" \"terminate\": {\"aborted\": 0, \"drop\": 1, \"pass\": 0, \"tx\": 0, \"redirect\": 0}}}"
#define RUNNING                                                                          \
	"\"running\": {\"boot\": \"b\", \"ifindex\": 7, \"live\":"                       \
	" {\"linker\": \"freplace\", \"number\": 2, \"members\": [{\"id\": 1, \"join\":" \
	" \"extension\"}]}}"

/* A record of each format that was ever written. */
static const char *const formats[] = {
	[1] = "{\"format\": 1, \"number\": %d, \"ifname\": \"eth0\", \"mode\": \"unset\","
	      " \"generation\": 2, \"last_id\": 1, \"components\": [" COMPONENT "], " RUNNING "}",
	[2] = "{\"format\": 2, \"number\": %d, \"ifname\": \"eth0\", \"mode\": \"unset\","
	      " \"generation\": 2, \"last_id\": 1, \"components\": [" COMPONENT "],"
	      " \"unconfirmed\": {\"change\": 4, \"until\": 5000000, \"was_ours\": true,"
	      " \"released\": false, \"components\": [" COMPONENT "]}, " RUNNING "}",
	[3] = "{\"format\": 3, \"number\": %d, \"ifname\": \"eth0\", \"mode\": \"unset\","
	      " \"generation\": 2, \"last_id\": 1, \"policy\": " COMPONENT
	      ", \"components\": [" COMPONENT "], " RUNNING "}",
	[4] = "{\"format\": 4, \"number\": %d, \"ifname\": \"eth0\", \"mode\": \"unset\","
	      " \"suspended\": true, \"generation\": 2, \"last_id\": 1,"
	      " \"components\": [" COMPONENT "], " RUNNING "}",
	[5] = "{\"format\": 5, \"number\": %d, \"ifname\": \"eth0\", \"mode\": \"unset\","
	      " \"generation\": 2, \"last_id\": 1, \"components\": [" COMPONENT "], " RUNNING "}",
	[6] = "{\"format\": 6, \"number\": %d, \"ifname\": \"eth0\", \"mode\": \"unset\","
	      " \"generation\": 2, \"last_id\": 1, \"components\": [" COMPONENT "], " RUNNING "}",
};
static_assert(array_size(formats) == DEVICE_RECORD_FORMAT + 1, "every format is kept here");

struct world {
	char directory[64];
	struct state_directory *state;
	size_t n_taken;
	uint64_t taken[8];
	size_t n_damaged;
	uint64_t damaged[8];
};

static void write_file(const struct world *world, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", world->directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static bool exists(const struct world *world, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", world->directory, name);
	return access(path, F_OK) == 0;
}

static char *record_text(int number)
{
	char *text;

	assert_true(asprintf(&text, formats[DEVICE_RECORD_FORMAT], number) > 0);
	return text;
}

static void write_record(const struct world *world, int number)
{
	cleanup(freep) char *text = record_text(number);
	char name[32];

	snprintf(name, sizeof(name), "devices/%d.json", number);
	write_file(world, name, text);
}

static int take(void *userdata, struct device_record *record, struct error *error)
{
	struct world *world = userdata;

	(void)error;
	world->taken[world->n_taken++] = record->number;
	return 0;
}

static void note_damage(void *userdata, uint64_t number, const char *sentence)
{
	struct world *world = userdata;

	assert_non_null(sentence);
	world->damaged[world->n_damaged++] = number;
}

static int load(struct world *world, struct error *error)
{
	const struct state_reader reader = { take, note_damage, world };

	world->n_taken = world->n_damaged = 0;
	return state_directory_load(world->state, &reader, error);
}

static int open_world(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	strcpy(world->directory, "/tmp/xdpd-state-XXXXXX");
	assert_non_null(mkdtemp(world->directory));
	assert_int_equal(state_directory_open(world->directory, &world->state, NULL), 0);
	*state = world;
	return 0;
}

static int close_world(void **state)
{
	struct world *world = *state;
	static const char *const inner[] = { "devices", "objects", "damaged" };
	cleanup(closep) int directory = open(world->directory, O_RDONLY | O_DIRECTORY);

	state_directory_drop(&world->state);
	for (size_t i = 0; i < array_size(inner); i++)
		directory_remove(directory, inner[i]);
	directory_remove(AT_FDCWD, world->directory);
	free(world);
	return 0;
}

static void a_saved_record_is_loaded(void **state)
{
	struct world *world = *state;
	cleanup(freep) char *one = record_text(1), *two = record_text(2), *three = record_text(3);
	const struct record_change first[] = { { 1, one }, { 2, two } };
	const struct record_change second[] = { { 1, NULL }, { 3, three } };

	assert_int_equal(state_directory_save(world->state, 2, first, NULL), 0);
	assert_int_equal(load(world, NULL), 0);
	assert_int_equal(world->n_taken, 2);
	assert_int_equal(state_directory_save(world->state, 2, second, NULL), 0);
	assert_int_equal(state_directory_save(world->state, 1, &first[1], NULL), 0);
	assert_false(exists(world, "pending.json"));
	assert_int_equal(load(world, NULL), 0);
	assert_int_equal(world->n_taken, 2);
	assert_int_equal(world->taken[0] + world->taken[1], 5);
	assert_true(state_directory_has(world->state, 3, three));
	assert_false(state_directory_has(world->state, 3, two));
	assert_false(state_directory_has(world->state, 1, one));
}

static void each_format_is_read(void **state)
{
	struct world *world = *state;

	for (int format = 1; format <= DEVICE_RECORD_FORMAT; format++) {
		cleanup(freep) char *text = NULL;

		assert_true(asprintf(&text, formats[format], 1) > 0);
		write_file(world, "devices/1.json", text);
		assert_int_equal(load(world, NULL), 0);
		assert_int_equal(world->n_taken, 1);
	}
}

static void a_change_that_was_begun_is_completed(void **state)
{
	struct world *world = *state;
	cleanup(freep) char *two = record_text(2);
	cleanup(freep) char *pending = NULL;

	write_record(world, 1);
	assert_true(asprintf(&pending, "{\"format\": 1, \"records\": {\"1\": null, \"2\": %s}}",
			     two) > 0);
	write_file(world, "pending.json", pending);
	assert_int_equal(load(world, NULL), 0);
	assert_int_equal(world->n_taken, 1);
	assert_int_equal(world->taken[0], 2);
	assert_false(exists(world, "pending.json"));
	assert_false(exists(world, "devices/1.json"));
}

static void a_damaged_record_is_set_aside(void **state)
{
	struct world *world = *state;

	write_record(world, 1);
	write_record(world, 2);
	write_file(world, "devices/3.json", "{");
	write_file(world, "devices/four.json", "{}");
	write_file(world, "pending.json", "{\"format\": 1}");
	assert_int_equal(load(world, NULL), 0);
	assert_int_equal(world->n_taken, 2);
	assert_int_equal(world->n_damaged, 3);
	assert_true(exists(world, "damaged/3.json.0"));
	assert_true(exists(world, "damaged/four.json.0"));
	assert_true(exists(world, "damaged/pending.json.0"));
	write_file(world, "devices/3.json", "");
	assert_int_equal(load(world, NULL), 0);
	assert_int_equal(world->damaged[0], 3);
	assert_true(exists(world, "damaged/3.json.1"));
}

static void a_list_of_records_names_devices_by_their_numbers(void **state)
{
	static const char *const names[] = { "0", "four", "01", "-1", "", "99999999999999999999" };
	struct world *world = *state;

	write_record(world, 1);
	for (size_t i = 0; i < array_size(names); i++) {
		cleanup(freep) char *pending = NULL;
		char aside[64];

		assert_true(asprintf(&pending,
				     "{\"format\": 1, \"records\": {\"%s\": {}, \"1\": null}}",
				     names[i]) > 0);
		write_file(world, "pending.json", pending);
		assert_int_equal(load(world, NULL), 0);
		assert_int_equal(world->n_taken, 1);
		assert_int_equal(world->n_damaged, 1);
		snprintf(aside, sizeof(aside), "damaged/pending.json.%zu", i);
		assert_true(exists(world, aside));
	}
}

static void a_record_under_anothers_name_is_damaged(void **state)
{
	struct world *world = *state;
	cleanup(freep) char *text = record_text(2);

	write_file(world, "devices/1.json", text);
	assert_int_equal(load(world, NULL), 0);
	assert_int_equal(world->n_taken, 0);
	assert_int_equal(world->damaged[0], 1);
}

static void a_newer_format_is_left_alone(void **state)
{
	struct world *world = *state;
	cleanup(error_done) struct error error = {};

	write_record(world, 1);
	write_file(world, "devices/2.json", "{\"format\": 1000}");
	write_file(world, "devices/3.json", "{");
	assert_true(load(world, &error) < 0);
	assert_int_equal(error.id, ERROR_UNSUPPORTED);
	assert_int_equal(world->n_taken + world->n_damaged, 0);
	assert_true(exists(world, "devices/3.json"));
	assert_false(exists(world, "damaged"));
}

static void one_daemon_at_a_time_has_the_state(void **state)
{
	struct world *world = *state;
	cleanup(error_done) struct error error = {};
	struct state_directory *other = NULL;

	assert_true(state_directory_open(world->directory, &other, &error) < 0);
	assert_non_null(strstr(error.message, world->directory));
}

static void half_written_files_are_removed(void **state)
{
	struct world *world = *state;

	write_file(world, "devices/1.json.new", "{");
	write_file(world, "pending.json.new", "{");
	state_directory_drop(&world->state);
	assert_int_equal(state_directory_open(world->directory, &world->state, NULL), 0);
	assert_false(exists(world, "devices/1.json.new"));
	assert_false(exists(world, "pending.json.new"));
	assert_int_equal(load(world, NULL), 0);
	assert_int_equal(world->n_damaged, 0);
}

static bool is_needed(void *userdata, const char *sha256)
{
	return !strcmp(userdata, sha256);
}

static void objects_are_kept_as_they_were(void **state)
{
	struct world *world = *state;
	cleanup(object_store_drop) struct object_store *store = NULL;
	cleanup(error_done) struct error error = {};
	struct object object = { { "content", 7 }, "a.o", "" }, other = { { "x", 1 }, "b.o", "" };
	cleanup(object_done) struct object back = {};
	char name[128];

	blob_sha256(&object.blob, object.sha256);
	blob_sha256(&other.blob, other.sha256);
	assert_int_equal(object_store_open(state_directory_fd(world->state), &store, NULL), 0);
	assert_int_equal(object_store_put(store, &object, NULL), 0);
	assert_int_equal(object_store_put(store, &object, NULL), 0);
	assert_int_equal(object_store_put(store, &other, NULL), 0);
	object_store_remove_unneeded(store, is_needed, object.sha256);
	assert_true(object_store_get(store, other.sha256, "b.o", &back, &error) < 0);
	assert_non_null(strstr(error.message, "b.o"));
	error_done(&error);
	assert_int_equal(object_store_get(store, object.sha256, "a.o", &back, NULL), 0);
	assert_memory_equal(back.blob.bytes, "content", 7);
	object_done(&back);
	snprintf(name, sizeof(name), "objects/%s", object.sha256);
	write_file(world, name, "Content");
	assert_true(object_store_get(store, object.sha256, "a.o", &back, &error) < 0);
	assert_int_equal(error.id, ERROR_BAD_STATE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_saved_record_is_loaded),
		TEST(each_format_is_read),
		TEST(a_change_that_was_begun_is_completed),
		TEST(a_damaged_record_is_set_aside),
		TEST(a_list_of_records_names_devices_by_their_numbers),
		TEST(a_record_under_anothers_name_is_damaged),
		TEST(a_newer_format_is_left_alone),
		TEST(one_daemon_at_a_time_has_the_state),
		TEST(half_written_files_are_removed),
		TEST(objects_are_kept_as_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
