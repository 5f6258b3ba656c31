// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/state/state-directory.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "base/directory.h"
#include "base/lock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PENDING	   "pending.json"
#define RECORD_MAX (64 << 20) /* bytes of a file with records */

struct state_directory {
	char *path;
	int directory; /* locked */
	int devices;
	char boot[64];
};

void state_directory_drop(struct state_directory **p)
{
	struct state_directory *state = steal(*p);

	if (!state)
		return;
	closep(&state->devices);
	closep(&state->directory);
	free(state->path);
	free(state);
}

/* Opens the directory of the records. */
static int open_records(int parent, int *ret, struct error *error)
{
	mkdirat(parent, "devices", 0700);
	*ret = openat(parent, "devices", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*ret >= 0)
		return 0;
	return error_set(error, ERROR_KERNEL_REFUSED, -errno,
			 "cannot open the directory 'devices' in the state directory: %s",
			 file_open_reason(-errno));
}

static int read_boot(struct state_directory *state, struct error *error)
{
	static const char path[] = "/proc/sys/kernel/random/boot_id";
	cleanup(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, state->boot, sizeof(state->boot) - 1);

	if (length <= 0)
		return error_set(error, ERROR_KERNEL_REFUSED, length < 0 ? -errno : -EIO,
				 "cannot read '%s': %s", path,
				 errno_name(length < 0 ? errno : EIO));
	state->boot[strcspn(state->boot, "\n")] = '\0';
	return 0;
}

static bool is_record(const char *name)
{
	size_t length = strlen(name);

	return length > 5 && !strcmp(name + length - 5, ".json");
}

int state_directory_open(const char *directory, struct state_directory **ret, struct error *error)
{
	cleanup(state_directory_drop) struct state_directory *state = calloc(1, sizeof(*state));
	int result;

	if (!state)
		return error_memory(error);
	state->directory = state->devices = -1;
	state->path = realpath(directory, NULL);
	if (!state->path && !(state->path = strdup(directory)))
		return error_memory(error);
	result = directory_open_own(directory, "state directory", &state->directory, error);
	if (result < 0)
		return result;
	result = lock_directory(state->directory, "state directory", directory, error);
	if (result == 0)
		result = read_boot(state, error);
	if (result == 0)
		result = open_records(state->directory, &state->devices, error);
	if (result < 0)
		return result;
	file_remove_stale(state->directory);
	file_remove_stale(state->devices);
	*ret = steal(state);
	return 0;
}

static bool is_same(int fd, int parent, const char *path)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && fstatat(parent, path, &named, 0) == 0 &&
	       opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

bool state_is_there(const struct state_directory *state)
{
	return is_same(state->directory, AT_FDCWD, state->path) &&
	       is_same(state->devices, state->directory, "devices") &&
	       faccessat(state->directory, "objects", F_OK, 0) == 0;
}

int state_directory_fd(const struct state_directory *state)
{
	return state->directory;
}

const char *state_directory_boot(const struct state_directory *state)
{
	return state->boot;
}

/* The name of the file with the record of a device. */
static const char *file_name(uint64_t number, char ret[static 32])
{
	snprintf(ret, 32, "%" PRIu64 ".json", number);
	return ret;
}

static int sync_directory(int directory, struct error *error)
{
	if (fsync(directory) == 0)
		return 0;
	return error_set(error, ERROR_KERNEL_REFUSED, -errno,
			 "cannot write the state directory to disk: %s", errno_name(errno));
}

static void remove_record(struct state_directory *state, uint64_t number)
{
	char name[32];

	unlinkat(state->devices, file_name(number, name), 0);
	crash_point("record-remove");
}

static int save_one(struct state_directory *state, const struct record_change *change,
		    struct error *error)
{
	char name[32];
	int result = 0;

	if (change->text)
		result = file_replace(state->devices, file_name(change->number, name), change->text,
				      strlen(change->text), error);
	else
		remove_record(state, change->number);
	return result < 0 ? result : sync_directory(state->devices, error);
}

/* Formats {"format": 1, "records": {"7": {...}, "8": null}}; to be freed. */
static char *encode_pending(size_t n_changes, const struct record_change *changes)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	fprintf(stream, "{\"format\": %d, \"records\": {", DEVICE_RECORD_FORMAT);
	for (size_t i = 0; i < n_changes; i++)
		fprintf(stream, "%s\n\"%" PRIu64 "\": %s", i ? "," : "", changes[i].number,
			changes[i].text ?: "null");
	fprintf(stream, "\n}}\n");
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static int prepare_all(struct state_directory *state, size_t n_changes,
		       const struct record_change *changes, struct error *error)
{
	char name[32];
	int result = 0;

	for (size_t i = 0; result == 0 && i < n_changes; i++)
		if (changes[i].text)
			result = file_prepare(state->devices, file_name(changes[i].number, name),
					      changes[i].text, strlen(changes[i].text), error);
	return result;
}

/* Writes changes that are in pending.json already. A single call syncs all of them to disk. */
static int carry_out(struct state_directory *state, size_t n_changes,
		     const struct record_change *changes, struct error *error)
{
	char name[32];
	int result = syncfs(state->devices) < 0 ? sync_directory(state->devices, error) : 0;

	for (size_t i = 0; result == 0 && i < n_changes; i++) {
		if (changes[i].text)
			result = file_commit(state->devices, file_name(changes[i].number, name),
					     error);
		else
			remove_record(state, changes[i].number);
	}
	if (result == 0)
		result = sync_directory(state->devices, error);
	if (result < 0)
		return result;
	unlinkat(state->directory, PENDING, 0);
	crash_point("pending-remove");
	return 0;
}

int state_directory_save(struct state_directory *state, size_t n_changes,
			 const struct record_change *changes, struct error *error)
{
	cleanup(freep) char *pending = NULL;
	int result;

	if (n_changes == 1)
		return save_one(state, changes, error);
	pending = encode_pending(n_changes, changes);
	if (!pending)
		return error_memory(error);
	result = prepare_all(state, n_changes, changes, error);
	if (result == 0)
		result = file_replace(state->directory, PENDING, pending, strlen(pending), error);
	if (result == 0)
		result = sync_directory(state->directory, error);
	if (result < 0)
		unlinkat(state->directory, PENDING, 0);
	else
		result = carry_out(state, n_changes, changes, error);
	if (result < 0)
		file_remove_stale(state->devices);
	return result;
}

/* Moves a file that cannot be used to damaged/, under a name that is not used there. */
static void set_aside(struct state_directory *state, int directory, const char *name)
{
	mkdirat(state->directory, "damaged", 0700);
	for (unsigned int i = 0; i < 1000; i++) {
		char aside[NAME_MAX + 32];

		snprintf(aside, sizeof(aside), "damaged/%s.%u", name, i);
		if (renameat2(directory, name, state->directory, aside, RENAME_NOREPLACE) == 0 ||
		    errno != EEXIST)
			return;
	}
}

void state_set_aside(struct state_directory *state, uint64_t number)
{
	char name[32];

	set_aside(state, state->devices, file_name(number, name));
}

static int read_json(int directory, const char *name, json_t **ret, struct error *error)
{
	cleanup(closep) int fd = file_open(directory, name, false);
	cleanup(blob_done) struct blob blob = {};
	json_error_t problem;
	int result;

	if (fd < 0)
		return error_set(error,
				 errno_is_passing(fd) ? ERROR_KERNEL_REFUSED : ERROR_BAD_STATE, fd,
				 "cannot open '%s': %s", name, file_open_reason(fd));
	result = blob_read(fd, name, RECORD_MAX, &blob, error);
	if (result == -EFBIG)
		error->id = ERROR_BAD_STATE;
	if (result < 0)
		return result;
	*ret = json_loadb(blob.bytes, blob.size, JSON_REJECT_DUPLICATES, &problem);
	if (*ret)
		return 0;
	return error_set(error, ERROR_BAD_STATE, -EBADMSG, "'%s' is not valid JSON: %s (line %d)",
			 name, problem.text, problem.line);
}

bool state_directory_has(const struct state_directory *state, uint64_t number, const char *text)
{
	cleanup(blob_done) struct blob blob = {};
	cleanup(closep) int fd = -1;
	char name[32];

	fd = file_open(state->devices, file_name(number, name), false);
	return fd >= 0 && blob_read(fd, name, RECORD_MAX, &blob, NULL) == 0 &&
	       blob.size == strlen(text) && !memcmp(blob.bytes, text, blob.size);
}

/* Everything that is read, before any of it is used or moved away. */
struct loading {
	struct state_directory *state;
	const struct state_reader *reader;
	size_t n_records;
	struct device_record *records;
	size_t n_damaged;
	struct damage {
		uint64_t number;
		char *name;
		char *sentence;
	} * damages;
	struct error error; /* the error that ends the loading */
};

static void loading_done(struct loading *loading)
{
	for (size_t i = 0; i < loading->n_records; i++)
		device_record_done(&loading->records[i]);
	for (size_t i = 0; i < loading->n_damaged; i++) {
		free(loading->damages[i].name);
		free(loading->damages[i].sentence);
	}
	free(loading->records);
	free(loading->damages);
	error_done(&loading->error);
}

static void add_damage(struct loading *loading, uint64_t number, const char *name,
		       const struct error *error)
{
	struct damage *longer = reallocarray(loading->damages, loading->n_damaged + 1,
					     sizeof(*longer));
	struct damage damage = { number, strdup(name), strdup(error->message ?: "out of memory") };

	if (longer)
		loading->damages = longer;
	if (longer && damage.name && damage.sentence) {
		longer[loading->n_damaged++] = damage;
		return;
	}
	free(damage.name);
	free(damage.sentence);
	error_memory(&loading->error);
}

static void add_record(struct loading *loading, struct device_record *record)
{
	struct device_record *longer = reallocarray(loading->records, loading->n_records + 1,
						    sizeof(*longer));

	if (!longer) {
		device_record_done(record);
		error_memory(&loading->error);
		return;
	}
	loading->records = longer;
	longer[loading->n_records++] = *record;
}

static int check_number(const struct device_record *record, uint64_t number, struct error *error)
{
	if (record->number == number)
		return 0;
	return error_set(error, ERROR_BAD_STATE, -EBADMSG, "it describes device number %" PRIu64,
			 record->number);
}

static void read_record(int directory, const char *name, void *userdata)
{
	struct loading *loading = userdata;
	cleanup(error_done) struct error error = {};
	cleanup(json_decrefp) json_t *json = NULL;
	struct device_record record = {};
	uint64_t number = 0;
	char expected[32];
	int result;

	if (loading->error.id != ERROR_NONE || !is_record(name))
		return;
	sscanf(name, "%" SCNu64, &number);
	result = strcmp(name, file_name(number, expected)) == 0 ? 0 : -EBADMSG;
	if (result < 0)
		error_set(&error, ERROR_BAD_STATE, result, "its name is not a number");
	else
		result = read_json(directory, name, &json, &error);
	if (result == 0)
		result = device_record_decode(json, &record, &error);
	if (result == 0)
		result = check_number(&record, number, &error);
	if (result == 0) {
		add_record(loading, &record);
		return;
	}
	device_record_done(&record);
	error_prefix(&error, "cannot use the state file '%s': ", name);
	if (error.id == ERROR_BAD_STATE)
		add_damage(loading, number, name, &error);
	else
		error_move(&loading->error, &error);
}

/* Device numbers start at 1, and must be written without leading zeros. */
static int check_names(json_t *records, struct error *problem)
{
	const char *name;
	json_t *record;
	char expected[32];

	json_object_foreach(records, name, record)
	{
		uint64_t number = strtoull(name, NULL, 10);

		snprintf(expected, sizeof(expected), "%" PRIu64, number);
		if (!number || strcmp(name, expected) != 0)
			return error_set(
				problem, ERROR_BAD_STATE, -EBADMSG,
				"it has a record '%s', which is not the number of a device", name);
	}
	return 0;
}

/*
 * Reads a change of several records that was not completed; `*ret` is NULL if the file cannot be used.
 */
static int read_pending(struct state_directory *state, json_t **ret, struct error *problem)
{
	cleanup(json_decrefp) json_t *pending = NULL;
	json_t *records;
	int format;
	int result = read_json(state->directory, PENDING, &pending, problem);

	if (result < 0)
		return result;
	if (json_unpack(pending, "{s:i, s:o}", "format", &format, "records", &records) < 0 ||
	    !json_is_object(records))
		return error_set(problem, ERROR_BAD_STATE, -EBADMSG, "it has no records");
	if (format > DEVICE_RECORD_FORMAT)
		return error_set(problem, ERROR_UNSUPPORTED, -EPROTONOSUPPORT,
				 "its format is %d; this xdpd supports formats up to %d", format,
				 DEVICE_RECORD_FORMAT);
	result = check_names(records, problem);
	if (result == 0)
		*ret = json_incref(records);
	return result;
}

static void changes_done(struct record_change **changes)
{
	for (size_t i = 0; *changes && (*changes)[i].number; i++)
		free((*changes)[i].text);
	free(*changes);
}

static int finish_records(struct state_directory *state, json_t *records, struct error *error)
{
	cleanup(changes_done) struct record_change *changes = calloc(json_object_size(records) + 1,
								     sizeof(*changes));
	size_t n_changes = 0;
	const char *number;
	json_t *record;
	int result;

	if (!changes)
		return error_memory(error);
	json_object_foreach(records, number, record)
	{
		struct record_change *change = &changes[n_changes++];

		change->number = strtoull(number, NULL, 10);
		change->text = json_is_null(record) ? NULL : json_dumps(record, JSON_INDENT(1));
		if (!json_is_null(record) && !change->text)
			return error_memory(error);
	}
	result = prepare_all(state, n_changes, changes, error);
	return result < 0 ? result : carry_out(state, n_changes, changes, error);
}

/* Completes a change of several records. If its file is damaged, the change never happened. */
static int finish_pending(struct state_directory *state, const struct state_reader *reader,
			  struct error *error)
{
	cleanup(json_decrefp) json_t *records = NULL;
	cleanup(error_done) struct error problem = {};

	if (faccessat(state->directory, PENDING, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (read_pending(state, &records, &problem) == 0)
		return finish_records(state, records, error);
	error_prefix(&problem, "cannot use the state file '" PENDING "': ");
	if (problem.id == ERROR_UNSUPPORTED || errno_is_passing(problem.number)) {
		error_move(error, &problem);
		return error->number;
	}
	reader->damaged(reader->userdata, 0, problem.message ?: "out of memory");
	set_aside(state, state->directory, PENDING);
	return 0;
}

int state_directory_load(struct state_directory *state, const struct state_reader *reader,
			 struct error *error)
{
	cleanup(loading_done) struct loading loading = { .state = state, .reader = reader };
	int result = finish_pending(state, reader, error);

	if (result < 0)
		return result;
	result = directory_each(state->devices, ".", read_record, &loading);
	if (result < 0)
		error_set(&loading.error, ERROR_KERNEL_REFUSED, result,
			  "cannot read the state directory: %s", errno_name(result));
	if (loading.error.id != ERROR_NONE) {
		result = loading.error.number;
		error_move(error, &loading.error);
		return result;
	}
	for (size_t i = 0; i < loading.n_damaged; i++) {
		set_aside(state, state->devices, loading.damages[i].name);
		reader->damaged(reader->userdata, loading.damages[i].number,
				loading.damages[i].sentence);
	}
	for (size_t i = 0; result == 0 && i < loading.n_records; i++)
		result = reader->take(reader->userdata, &loading.records[i], error);
	return result;
}
