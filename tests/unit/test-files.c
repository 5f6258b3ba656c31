// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
/* Which files are opened, and which directories are trusted. */
#include "base/cleanup.h"
#include "base/directory.h"
#include "base/file.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define STRANGER 12345 /* the uid of neither root nor this process */

/* Each test has its own directory, which is the current one while it runs. */
static int begin(void **state)
{
	char directory[] = "/tmp/xdpd-files-XXXXXX";

	assert_non_null(mkdtemp(directory));
	assert_int_equal(chdir(directory), 0);
	*state = strdup(directory);
	return 0;
}

static int end(void **state)
{
	cleanup(freep) char *command = NULL;

	assert_int_equal(chdir("/"), 0);
	assert_true(asprintf(&command, "rm -rf %s", (char *)*state) > 0);
	assert_int_equal(system(command), 0);
	free(*state);
	return 0;
}

static void make_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

static void expect_reason(const char *name, bool follow, const char *reason)
{
	int fd = file_open(AT_FDCWD, name, follow);

	assert_true(fd < 0);
	assert_string_equal(file_open_reason(fd), reason);
}

static void only_regular_files_are_opened(void **state)
{
	int fd = open("file", O_CREAT | O_WRONLY, 0600);

	(void)state;
	assert_int_equal(write(fd, "text", 4), 4);
	close(fd);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(mkdir("directory", 0700), 0);
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(symlink("fifo", "link-to-fifo"), 0);
	make_socket("socket");
	/* Opening it would wait for a process that writes. */
	expect_reason("fifo", false, "it is not a regular file");
	expect_reason("directory", false, "it is not a regular file");
	expect_reason("socket", false, "it is not a regular file");
	expect_reason("/dev/null", false, "it is not a regular file");
	expect_reason("link", false, "it is a symbolic link");
	expect_reason("link-to-fifo", true, "it is not a regular file");
	expect_reason("nothing", true, "ENOENT");
	for (int follow = 0; follow < 2; follow++) {
		fd = file_open(AT_FDCWD, follow ? "link" : "file", follow);
		assert_true(fd >= 0);
		close(fd);
	}
}

static void expect_usable(const char *path)
{
	cleanup(error_done) struct error error = {};
	int fd = -1;

	if (directory_open_own(path, "state directory", &fd, &error) < 0)
		fail_msg("%s", error.message);
	close(fd);
}

static void expect_refused(const char *path, const char *words)
{
	cleanup(error_done) struct error error = {};
	int fd = -1;

	assert_true(directory_open_own(path, "state directory", &fd, &error) < 0);
	assert_non_null(strstr(error.message, path));
	if (!strstr(error.message, words))
		fail_msg("%s", error.message);
	assert_int_equal(fd, -1);
}

static void directories_that_only_we_can_change_are_used(void **state)
{
	char path[128];

	snprintf(path, sizeof(path), "%s//new/", (char *)*state);
	expect_usable(path); /* it is created */
	expect_usable("new");
	expect_usable("new/../other");
	assert_int_equal(mkdir("sticky", 0700), 0);
	assert_int_equal(chmod("sticky", 01777), 0);
	expect_usable("sticky/below");
	assert_int_equal(symlink("sticky", "link"), 0);
	expect_usable("link/below");
	snprintf(path, sizeof(path), "%s/new", (char *)*state);
	assert_int_equal(symlink(path, "absolute"), 0);
	expect_usable("absolute/below");
}

static void directories_that_others_can_change_are_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir("open", 0700) | mkdir("open/below", 0700), 0);
	assert_int_equal(chmod("open", 0777), 0);
	expect_refused("open", "others may write to '");
	expect_refused("open/below", "/open' (mode 777)");
	assert_int_equal(chmod("open", 0770), 0);
	expect_refused("open/below", "chmod go-w");
	assert_int_equal(chmod("open", 01777), 0);
	expect_refused("open", "others may write");
	expect_usable("open/below");
}

static void links_and_files_are_refused_as_directories(void **state)
{
	(void)state;
	assert_int_equal(mkdir("directory", 0700), 0);
	assert_int_equal(symlink("directory", "link"), 0);
	expect_refused("link", "it is a symbolic link");
	assert_int_equal(symlink("loop", "loop"), 0);
	expect_refused("loop/below", "ELOOP");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	expect_refused("fifo", "ENOTDIR");
	expect_refused("fifo/below", "ENOTDIR");
	expect_refused("missing/below", "ENOENT");
}

static void directories_of_other_users_are_refused(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir("theirs", 0755) | mkdir("theirs/below", 0700), 0);
	assert_int_equal(chown("theirs", STRANGER, STRANGER), 0);
	expect_refused("theirs", "belongs to uid 12345");
	expect_refused("theirs/below", "/theirs' belongs to uid 12345");
	assert_int_equal(mkdir("sticky", 0700) | mkdir("ours", 0700), 0);
	assert_int_equal(chmod("sticky", 01777), 0);
	assert_int_equal(symlink("../ours", "sticky/link"), 0);
	expect_usable("sticky/link/below");
	assert_int_equal(lchown("sticky/link", STRANGER, STRANGER), 0);
	expect_refused("sticky/link/below", "made by another user");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_regular_files_are_opened),
		TEST(directories_that_only_we_can_change_are_used),
		TEST(directories_that_others_can_change_are_refused),
		TEST(links_and_files_are_refused_as_directories),
		TEST(directories_of_other_users_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
