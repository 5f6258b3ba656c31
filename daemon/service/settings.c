// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/service/settings.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/user-group.h"
#include "daemon/service/amount.h"
#include "daemon/service/owner-setting.h"

#include <dirent.h>
#include <fcntl.h>
#include <ini.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX (1 << 20) /* bytes */

enum setting_kind {
	SETTING_GROUP,	    /* struct setting_group */
	SETTING_COUNT,	    /* uint64_t */
	SETTING_BYTES,	    /* uint64_t; 512, 64K, 16M, 1G */
	SETTING_SECONDS,    /* uint64_t, in microseconds; whole seconds in the file */
	SETTING_SIGNATURES, /* enum signature_requirement */
	SETTING_PATH,	    /* char[PATH_MAX] */
	SETTING_OWNER,	    /* struct grants; each line adds to them */
};

struct setting {
	const char *name;
	enum setting_kind kind;
	size_t offset;
	uint64_t minimum; /* in the file's unit, like the next one */
	uint64_t maximum;
	const char *fallback; /* the default; for a group it counts only if the group exists */
	const char *purpose;
};

#define KIB 1024ull
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

#define SETTING(setting_name, member, ...)                                                     \
	{                                                                                      \
		.name = setting_name, .offset = offsetof(struct settings, member), __VA_ARGS__ \
	}

static const struct setting table[] = {
	SETTING("change-group", change_group, .kind = SETTING_GROUP, .fallback = "",
		.purpose = "group whose members may change and read"),
	SETTING("read-group", read_group, .kind = SETTING_GROUP, .fallback = "xdpd",
		.purpose = "group whose members may read"),
	SETTING("owner", grants, .kind = SETTING_OWNER, .fallback = "",
		.purpose = "owner whose components a group may change, and a budget for them"),
	SETTING("max-connections", max_connections, .kind = SETTING_COUNT, .minimum = 2,
		.maximum = 16384, .fallback = "1024", .purpose = "maximum number of connections"),
	SETTING("max-connections-per-user", max_connections_per_user, .kind = SETTING_COUNT,
		.minimum = 1, .maximum = 16384, .fallback = "256",
		.purpose = "maximum number of connections per user"),
	SETTING("max-changes", max_changes, .kind = SETTING_COUNT, .minimum = 1, .maximum = 16384,
		.fallback = "512", .purpose = "maximum number of changes in progress"),
	SETTING("max-changes-per-user", max_changes_per_user, .kind = SETTING_COUNT, .minimum = 1,
		.maximum = 16384, .fallback = "256",
		.purpose = "maximum number of changes in progress per user"),
	SETTING("max-object-buffer", max_object_buffer, .kind = SETTING_BYTES, .minimum = 16 * MIB,
		.maximum = 16 * GIB, .fallback = "256M",
		.purpose = "maximum size of the object files of changes in progress"),
	SETTING("max-buffer", max_buffer, .kind = SETTING_BYTES, .minimum = MIB,
		.maximum = 16 * GIB, .fallback = "64M",
		.purpose = "maximum size of incomplete requests and unread answers"),
	SETTING("max-buffer-per-client", max_buffer_per_client, .kind = SETTING_BYTES,
		.minimum = 64 * KIB, .maximum = 16 * GIB, .fallback = "16M",
		.purpose = "maximum size of one answer"),
	SETTING("client-timeout", client_timeout, .kind = SETTING_SECONDS, .minimum = 1,
		.maximum = 86400, .fallback = "60",
		.purpose = "seconds in which a client must finish a request, or read an answer"),
	SETTING("change-timeout", change_timeout, .kind = SETTING_SECONDS, .minimum = 1,
		.maximum = 86400, .fallback = "600",
		.purpose = "seconds until the daemon ends because one change takes too long"),
	SETTING("reconnect-time", reconnect_time, .kind = SETTING_SECONDS, .minimum = 0,
		.maximum = 3600, .fallback = "10",
		.purpose = "seconds after a start in which clients may reconnect and keep "
			   "components"),
	SETTING("require-signature", signing.requirement, .kind = SETTING_SIGNATURES,
		.fallback = "no", .purpose = "whether objects must be signed: no, warn, yes"),
	SETTING("trusted-signers", trusted_signers, .kind = SETTING_PATH,
		.fallback = "/etc/xdpd/allowed_signers",
		.purpose = "file of the keys whose signatures count"),
};

static const struct setting *find(const char *name)
{
	for (size_t i = 0; i < array_size(table); i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}

/* Room for a number, or for bytes in the form of "64K". */
#define AMOUNT_TEXT_MAX 24
static const char *amount_format(enum setting_kind kind, uint64_t amount,
				 char text[static AMOUNT_TEXT_MAX])
{
	const char *unit = "";

	for (const char *next = "K\0M\0G";
	     kind == SETTING_BYTES && amount && amount % KIB == 0 && *next; next += 2) {
		amount /= KIB;
		unit = next;
	}
	snprintf(text, AMOUNT_TEXT_MAX, "%llu%s", (unsigned long long)amount, unit);
	return text;
}

static int set_amount(const struct setting *setting, const char *text, struct settings *settings,
		      struct error *error)
{
	uint64_t *value = (uint64_t *)((char *)settings + setting->offset);
	char minimum[AMOUNT_TEXT_MAX], maximum[AMOUNT_TEXT_MAX];
	uint64_t number;

	if (amount_parse(text, setting->kind == SETTING_BYTES, &number) &&
	    number >= setting->minimum && number <= setting->maximum) {
		*value = number * (setting->kind == SETTING_SECONDS ? 1000000 : 1);
		return 0;
	}
	return error_set(error, ERROR_INVALID_ARGUMENT, -ERANGE,
			 "%s: invalid value '%s'; use a number from %s to %s", setting->name, text,
			 amount_format(setting->kind, setting->minimum, minimum),
			 amount_format(setting->kind, setting->maximum, maximum));
}

static int set_group(const struct setting *setting, const char *name, bool must_exist,
		     struct settings *settings, struct error *error)
{
	struct setting_group *group = (void *)((char *)settings + setting->offset);
	id_t gid = GROUP_NOBODY;
	int result = 0;

	if (strlen(name) >= sizeof(group->name))
		return error_set(error, ERROR_INVALID_ARGUMENT, -ENAMETOOLONG,
				 "%s: a group name has at most %zu characters", setting->name,
				 sizeof(group->name) - 1);
	if (*name)
		result = group_find(name, &gid, error);
	if (result < 0)
		return result;
	if (*name && gid == GROUP_NOBODY && must_exist)
		return error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT, "%s: no group '%s'",
				 setting->name, name);
	strcpy(group->name, name);
	group->gid = gid;
	return 0;
}

static int set_signatures(const struct setting *setting, const char *text,
			  struct settings *settings, struct error *error)
{
	enum signature_requirement requirement = signature_requirement_from_name(text);

	if (requirement == SIGNATURE_REQUIREMENT_COUNT)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "%s: invalid value '%s'; use no, warn or yes", setting->name,
				 text);
	*(enum signature_requirement *)((char *)settings + setting->offset) = requirement;
	return 0;
}

static int set_path(const struct setting *setting, const char *text, struct settings *settings,
		    struct error *error)
{
	if (*text != '/' || strlen(text) >= PATH_MAX)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "%s: '%s' is not an absolute path", setting->name, text);
	strcpy((char *)settings + setting->offset, text);
	return 0;
}

static int set(const struct setting *setting, const char *value, bool by_user,
	       struct settings *settings, struct error *error)
{
	if (setting->kind == SETTING_GROUP)
		return set_group(setting, value, by_user, settings, error);
	if (setting->kind == SETTING_SIGNATURES)
		return set_signatures(setting, value, settings, error);
	if (setting->kind == SETTING_PATH)
		return set_path(setting, value, settings, error);
	if (setting->kind == SETTING_OWNER)
		return owner_setting_read(value, &settings->grants, error);
	return set_amount(setting, value, settings, error);
}

void settings_init(struct settings *ret)
{
	*ret = (struct settings){ .change_group.gid = GROUP_NOBODY,
				  .read_group.gid = GROUP_NOBODY };
	for (size_t i = 0; i < array_size(table); i++)
		if (table[i].kind != SETTING_OWNER) /* there are none */
			set(&table[i], table[i].fallback, false, ret, NULL);
}

void settings_describe(FILE *output)
{
	for (size_t i = 0; i < array_size(table); i++)
		fprintf(output, "  %-24s  %s (%s)\n", table[i].name, table[i].purpose,
			*table[i].fallback ? table[i].fallback : "none");
}

/* The state of parsing one file. */
struct reading {
	FILE *file;
	const char *path;
	int line;
	struct settings *settings;
	struct error *error;
	int result;
};

static int refuse_line(struct reading *reading, int line)
{
	error_prefix(reading->error, "%s:%d: ", reading->path, line);
	return reading->result;
}

/*
 * Returns the next line for the parser, like fgets(3), but without leading blanks, which the parser would
 * take for a continuation of the previous value, and never cuts a line in two.
 */
static char *read_line(char *text, int size, void *userdata)
{
	struct reading *reading = userdata;
	size_t length;

	if (reading->result < 0 || !fgets(text, size, reading->file))
		return NULL;
	reading->line++;
	length = strlen(text);
	if ((length == 0 || text[length - 1] != '\n') && !feof(reading->file)) {
		reading->result = error_set(reading->error, ERROR_INVALID_ARGUMENT, -EINVAL,
					    "the line is not text, or is longer than %d characters",
					    size - 2);
		refuse_line(reading, reading->line);
		return NULL;
	}
	memmove(text, text + strspn(text, " \t"), length + 1 - strspn(text, " \t"));
	return text;
}

static int take_line(void *userdata, const char *section, const char *name, const char *value)
{
	struct reading *reading = userdata;
	const struct setting *setting = find(name);

	if (*section && strcmp(section, "xdpd"))
		reading->result = error_set(reading->error, ERROR_INVALID_ARGUMENT, -EINVAL,
					    "unknown section [%s]; use [xdpd]", section);
	else if (!setting)
		reading->result = error_set(reading->error, ERROR_INVALID_ARGUMENT, -EINVAL,
					    "unknown setting '%s'", name);
	else
		reading->result = set(setting, value, true, reading->settings, reading->error);
	if (reading->result < 0)
		refuse_line(reading, reading->line);
	return reading->result == 0;
}

static int refuse_file(const char *path, int failure, struct error *error)
{
	return error_set(error, ERROR_INVALID_ARGUMENT, failure,
			 "cannot read the configuration '%s': %s", path, file_open_reason(failure));
}

static int open_file(const char *path, FILE **ret, struct error *error)
{
	cleanup(closep) int fd = file_open(AT_FDCWD, path, true);
	struct stat status;

	if (fd < 0)
		return refuse_file(path, fd, error);
	if (fstat(fd, &status) == 0 && status.st_size > FILE_MAX)
		return refuse_file(path, -EFBIG, error);
	*ret = fdopen(fd, "r");
	if (!*ret)
		return refuse_file(path, -errno, error);
	steal_fd(&fd);
	return 0;
}

static int read_file(const char *path, struct settings *settings, struct error *error)
{
	struct reading reading = { .path = path, .settings = settings, .error = error };
	int bad_line, failure;
	int result = open_file(path, &reading.file, error);

	if (result < 0)
		return result;
	errno = 0;
	bad_line = ini_parse_stream(read_line, &reading, take_line, &reading);
	failure = ferror(reading.file) ? errno : 0;
	fclose(reading.file);
	if (failure)
		return refuse_file(path, -failure, error);
	/* The parser continues after a line that it does not understand; report the first one. */
	if (bad_line > 0 && (reading.result == 0 || bad_line < reading.line)) {
		error_done(error);
		reading.result = error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
					   "not a line of the form 'key = value'");
		refuse_line(&reading, bad_line);
	}
	return reading.result;
}

static int is_configuration(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 &&
	       !strcmp(entry->d_name + length - 5, ".conf");
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

void settings_done(struct settings *settings)
{
	signing_rules_done(&settings->signing);
	grants_done(&settings->grants);
}

static int read_signers(struct settings *settings, struct error *error)
{
	const char *path = settings->trusted_signers;

	/* Only the default file may be missing. */
	if (!strcmp(path, find("trusted-signers")->fallback) && access(path, F_OK) < 0 &&
	    errno == ENOENT)
		return 0;
	return allowed_signers_read(path, &settings->signing.signers, error);
}

/* Several lines may be about one owner, so only all of them together are complete. */
static int check_owners(const char *directory, const struct settings *settings, struct error *error)
{
	int result = owner_settings_check(&settings->grants, error);

	if (result < 0)
		error_prefix(error, "%s: ", directory);
	return result;
}

int settings_read(const char *directory, struct settings *ret, struct error *error)
{
	struct dirent **entries = NULL;
	struct settings settings;
	int n_entries, result = 0;

	settings_init(&settings);
	n_entries = scandir(directory, &entries, is_configuration, by_name);
	if (n_entries < 0 && errno != ENOENT)
		return refuse_file(directory, -errno, error);
	for (int i = 0; i < n_entries; i++) {
		cleanup(freep) char *path = NULL;

		if (result == 0 && asprintf(&path, "%s/%s", directory, entries[i]->d_name) < 0) {
			path = NULL;
			result = error_memory(error);
		}
		if (result == 0)
			result = read_file(path, &settings, error);
		free(entries[i]);
	}
	free(entries);
	if (result == 0)
		result = check_owners(directory, &settings, error);
	if (result == 0)
		result = read_signers(&settings, error);
	if (result == 0)
		*ret = settings;
	else
		settings_done(&settings);
	return result;
}
