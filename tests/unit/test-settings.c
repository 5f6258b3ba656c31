// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Configuration files: what they set, and every error that they can have. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "daemon/service/settings.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int set_up(void **state)
{
	char *directory = strdup("/tmp/xdpd-unit-XXXXXX");

	assert_non_null(mkdtemp(directory));
	*state = directory;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "a.conf", "b.conf", "c.conf", "ignored", ".d.conf" };
	char path[64];

	for (size_t i = 0; i < array_size(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", (char *)*state, names[i]);
		if (unlink(path) < 0 && errno == EISDIR)
			rmdir(path);
	}
	assert_return_code(rmdir(*state), errno);
	free(*state);
	return 0;
}

static void write_file(const char *directory, const char *name, const char *text)
{
	cleanup(closep) int fd = -1;
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	assert_return_code(fd, errno);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* The settings from this file, which must be valid. */
static struct settings settings_of(const char *directory, const char *text)
{
	cleanup(error_done) struct error error = {};
	struct settings settings;

	write_file(directory, "a.conf", text);
	if (settings_read(directory, &settings, &error) < 0)
		fail_msg("%s", error.message);
	return settings;
}

/*
 * The file is refused with this sentence after "DIRECTORY/a.conf", and the settings are unchanged.
 */
static void is_refused(const char *directory, const char *text, const char *sentence)
{
	cleanup(error_done) struct error error = {};
	cleanup(freep) char *expected = NULL;
	struct settings settings = { .max_changes = 4711 };

	write_file(directory, "a.conf", text);
	assert_true(asprintf(&expected, "%s/a.conf%s", directory, sentence) > 0);
	assert_true(settings_read(directory, &settings, &error) < 0);
	assert_string_equal(error.message, expected);
	assert_int_equal(settings.max_changes, 4711);
}

static void without_files_there_are_defaults(void **state)
{
	static const char *const directories[] = { "/nonexistent/xdpd", NULL };
	struct settings settings;

	for (size_t i = 0; i < array_size(directories); i++) {
		memset(&settings, 0, sizeof(settings));
		assert_int_equal(settings_read(directories[i] ?: *state, &settings, NULL), 0);
		assert_string_equal(settings.change_group.name, "");
		assert_int_equal(settings.change_group.gid, GROUP_NOBODY);
		assert_string_equal(settings.read_group.name, "xdpd");
		assert_int_equal(settings.max_connections, 1024);
		assert_int_equal(settings.max_buffer, 64 << 20);
		assert_int_equal(settings.client_timeout, 60000000);
	}
}

static void values_have_kinds(void **state)
{
	struct settings settings = settings_of(*state, "# a comment\n"
						       "; another\n"
						       "\n"
						       "change-group = daemon\n"
						       "max-connections=100\n"
						       "[xdpd]\n"
						       "  max-buffer = 2M\n"
						       "  max-buffer-per-client = 65536\n"
						       "  max-object-buffer = 1G ; all of it\n"
						       "\tclient-timeout : 5");

	assert_string_equal(settings.change_group.name, "daemon");
	assert_int_equal(settings.change_group.gid, 1);
	assert_int_equal(settings.max_connections, 100);
	assert_int_equal(settings.max_buffer, 2 << 20);
	assert_int_equal(settings.max_buffer_per_client, 65536);
	assert_int_equal(settings.max_object_buffer, 1 << 30);
	assert_int_equal(settings.client_timeout, 5000000);
	assert_int_equal(settings.max_changes, 512);
}

static void keys_come_from_the_file_that_is_named(void **state)
{
	cleanup(settings_done) struct settings settings = {};
	char text[200];

	write_file(*state, "ignored",
		   "alice ssh-ed25519 "
		   "AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBka"
		   "GxwdHh8g\n");
	snprintf(text, sizeof(text), "require-signature = warn\ntrusted-signers = %s/ignored\n",
		 (char *)*state);
	settings = settings_of(*state, text);
	assert_int_equal(settings.signing.requirement, SIGNATURES_WARN);
	assert_non_null(settings.signing.signers);
}

static void an_empty_group_name_means_no_group(void **state)
{
	struct settings settings = settings_of(*state, "read-group =\n");

	assert_string_equal(settings.read_group.name, "");
	assert_int_equal(settings.read_group.gid, GROUP_NOBODY);
}

static void lines_of_an_owner_are_read_together(void **state)
{
	cleanup(settings_done) struct settings settings =
		settings_of(*state, "owner = web group=daemon devices=eth0,blue/eth1\n"
				    "owner = db group= devices=eth9 devices=eth2,/run/ns/red/eth3\n"
				    "owner = web verdicts=pass,drop components=4 map-bytes=64M "
				    "instructions=100000\n");
	const struct grant *web = grants_find(&settings.grants, "web");
	const struct grant *db = grants_find(&settings.grants, "db");

	assert_int_equal(settings.grants.n_items, 2);
	assert_null(grants_find(&settings.grants, "other"));
	assert_null(grants_find(&settings.grants, NULL));
	assert_string_equal(web->group, "daemon");
	assert_int_equal(web->gid, 1);
	assert_true(grant_has_device(web, NULL, "eth0"));
	assert_true(grant_has_device(web, "/run/netns/blue", "eth1"));
	assert_false(grant_has_device(web, NULL, "eth1"));
	assert_false(grant_has_device(web, "/run/netns/blue", "eth0"));
	assert_int_equal(web->verdicts, VERDICT_BIT(VERDICT_PASS) | VERDICT_BIT(VERDICT_DROP));
	assert_int_equal(grant_forbidden(web),
			 VERDICT_BIT(VERDICT_TX) | VERDICT_BIT(VERDICT_REDIRECT));
	assert_int_equal(web->components, 4);
	assert_int_equal(web->map_bytes, 64 << 20);
	assert_int_equal(web->instructions, 100000);
	assert_int_equal(db->gid, GROUP_NOBODY);
	assert_false(grant_has_device(db, NULL, "eth9"));
	assert_true(grant_has_device(db, "/run/ns/red", "eth3"));
	assert_int_equal(grant_forbidden(db), 0);
	assert_true(db->components == GRANT_UNLIMITED && db->map_bytes == GRANT_UNLIMITED &&
		    db->instructions == GRANT_UNLIMITED);
}

static void wrong_settings_of_an_owner_are_refused(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{ "group=nosuchgroup", "group: no group 'nosuchgroup'" },
		{ "devices=",
		  "devices: invalid value ''; use names of devices, such as eth0,eth1 or "
		  "NETNS/eth0" },
		{ "devices=eth0,", "devices: invalid value ''; use names of devices, such as "
				   "eth0,eth1 or NETNS/eth0" },
		{ "devices=/eth0", "devices: invalid value '/eth0'; use names of devices, such as "
				   "eth0,eth1 or NETNS/eth0" },
		{ "devices=a0123456789abcdef",
		  "devices: invalid value 'a0123456789abcdef'; use names "
		  "of devices, such as eth0,eth1 or NETNS/eth0" },
		{ "verdicts=pass,throw",
		  "verdicts: invalid value 'pass,throw'; use verdicts, such as "
		  "pass,drop" },
		{ "components=", "components: invalid value ''; use a number" },
		{ "components=4K", "components: invalid value '4K'; use a number" },
		{ "components=-1", "components: invalid value '-1'; use a number" },
		{ "map-bytes=1T", "map-bytes: invalid value '1T'; use a number, such as 64M" },
		{ "map-bytes=9999999999G",
		  "map-bytes: invalid value '9999999999G'; use a number, such "
		  "as 64M" },
		{ "instructions=99999999999999999999",
		  "instructions: invalid value '99999999999999999999'; use a number" },
		{ "more=1", "unknown key 'more'; use group=, devices=, verdicts=, components=, "
			    "map-bytes= or instructions=" },
		{ "group", "unknown key 'group'; use group=, devices=, verdicts=, components=, "
			   "map-bytes= or instructions=" },
	};

	for (size_t i = 0; i < array_size(cases); i++) {
		cleanup(freep) char *text = NULL, *sentence = NULL;

		assert_true(asprintf(&text, "owner = web %s\n", cases[i].text) > 0);
		assert_true(asprintf(&sentence, ":1: owner: %s", cases[i].sentence) > 0);
		is_refused(*state, text, sentence);
	}
}

static void the_right_over_an_owner_needs_a_group_and_devices(void **state)
{
	static const struct {
		const char *text, *missing;
	} cases[] = {
		{ "owner = web devices=eth0\n", "group" },
		{ "owner = web group=daemon\n", "devices" },
		{ "owner = web\n", "group" },
	};

	for (size_t i = 0; i < array_size(cases); i++) {
		cleanup(error_done) struct error error = {};
		cleanup(freep) char *expected = NULL;
		struct settings settings;

		write_file(*state, "a.conf", cases[i].text);
		assert_true(settings_read(*state, &settings, &error) < 0);
		assert_true(asprintf(&expected, "%s: owner: 'web' has no %s=", (char *)*state,
				     cases[i].missing) > 0);
		assert_string_equal(error.message, expected);
	}
}

static void later_files_win(void **state)
{
	struct settings settings;

	write_file(*state, "b.conf", "max-changes = 2\nmax-changes-per-user = 2\n");
	write_file(*state, "c.conf", "max-changes = 3\n");
	write_file(*state, "ignored", "nonsense\n");
	write_file(*state, ".d.conf", "nonsense\n");
	settings = settings_of(*state, "max-changes = 1\nmax-changes-per-user = 1\n"
				       "max-connections = 5\nmax-connections = 6\n");
	assert_int_equal(settings.max_changes, 3);
	assert_int_equal(settings.max_changes_per_user, 2);
	assert_int_equal(settings.max_connections, 6);
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
	static const struct {
		const char *text;
		const char *sentence;
	} cases[] = {
		{ "require-signature = maybe\n",
		  ":1: require-signature: invalid value 'maybe'; use no, warn or yes" },
		{ "trusted-signers = keys\n",
		  ":1: trusted-signers: 'keys' is not an absolute path" },
		{ "\n\nmax-conections = 1\n", ":3: unknown setting 'max-conections'" },
		{ "max-changes = 0\n",
		  ":1: max-changes: invalid value '0'; use a number from 1 to 16384" },
		{ "max-changes = 16385",
		  ":1: max-changes: invalid value '16385'; use a number from 1 to 16384" },
		{ "max-changes = -1",
		  ":1: max-changes: invalid value '-1'; use a number from 1 to 16384" },
		{ "max-changes = 5x",
		  ":1: max-changes: invalid value '5x'; use a number from 1 to 16384" },
		{ "max-changes = 5K",
		  ":1: max-changes: invalid value '5K'; use a number from 1 to 16384" },
		{ "max-changes =\n",
		  ":1: max-changes: invalid value ''; use a number from 1 to 16384" },
		{ "max-changes = 99999999999999999999\n",
		  ":1: max-changes: invalid value '99999999999999999999'; use a number from 1 to "
		  "16384" },
		{ "max-buffer = 1K\n",
		  ":1: max-buffer: invalid value '1K'; use a number from 1M to 16G" },
		{ "max-buffer = 18014398509481985G\n",
		  ":1: max-buffer: invalid value '18014398509481985G'; use a number from 1M to "
		  "16G" },
		{ "client-timeout = 0.5\n",
		  ":1: client-timeout: invalid value '0.5'; use a number from 1 to 86400" },
		{ "# x\nchange-group = no-such-group\n",
		  ":2: change-group: no group 'no-such-group'" },
		{ "read-group = no-such-group\n", ":1: read-group: no group 'no-such-group'" },
		{ "read-group = x234567890123456789012345678901234567890123456789012345678901234\n",
		  ":1: read-group: a group name has at most 63 characters" },
		{ "[other]\nmax-changes = 1\n", ":2: unknown section [other]; use [xdpd]" },
		{ "max-changes = 1\nmax-changes\n", ":2: not a line of the form 'key = value'" },
		{ "[xdpd\nno-such = 1\n", ":1: not a line of the form 'key = value'" },
		{ "no-such = 1\nnonsense\n", ":1: unknown setting 'no-such'" },
	};

	for (size_t i = 0; i < array_size(cases); i++)
		is_refused(*state, cases[i].text, cases[i].sentence);
}

static void a_line_is_never_cut_in_two(void **state)
{
	cleanup(freep) char *text = malloc(1000);

	memset(text, ' ', 999);
	memcpy(text, "max-changes = 1", 15);
	strcpy(text + 900, "max-connections = 5\n");
	is_refused(*state, text, ":1: the line is not text, or is longer than 198 characters");
}

static void an_unreadable_file_is_named(void **state)
{
	cleanup(error_done) struct error error = {};
	cleanup(freep) char *expected = NULL;
	struct settings settings;
	char path[64];

	snprintf(path, sizeof(path), "%s/a.conf", (char *)*state);
	assert_return_code(mkdir(path, 0700), errno);
	assert_true(asprintf(&expected,
			     "cannot read the configuration '%s': it is not a regular file",
			     path) > 0);
	assert_true(settings_read(*state, &settings, &error) < 0);
	assert_string_equal(error.message, expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_files_there_are_defaults),
		TEST(values_have_kinds),
		TEST(keys_come_from_the_file_that_is_named),
		TEST(an_empty_group_name_means_no_group),
		TEST(lines_of_an_owner_are_read_together),
		TEST(wrong_settings_of_an_owner_are_refused),
		TEST(the_right_over_an_owner_needs_a_group_and_devices),
		TEST(later_files_win),
		TEST(what_is_wrong_is_named_with_its_line),
		TEST(a_line_is_never_cut_in_two),
		TEST(an_unreadable_file_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
