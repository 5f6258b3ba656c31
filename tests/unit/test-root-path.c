// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A path is safe if only root can change what is there. */
#define _GNU_SOURCE
#include "daemon/kernel/root-path.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STRANGER 65534

static int set_up(void **state)
{
	char *top = strdup("/tmp/xdpd-unit-XXXXXX");

	assert_non_null(mkdtemp(top));
	*state = top;
	return 0;
}

static int tear_down(void **state)
{
	char *command;

	assert_true(asprintf(&command, "rm -rf %s", (char *)*state) > 0);
	assert_int_equal(system(command), 0);
	free(command);
	free(*state);
	return 0;
}

static const char *path_of(void **state, const char *name)
{
	static char path[4][256];
	static int next;
	char *text = path[next++ % 4];

	snprintf(text, sizeof(path[0]), "%s/%s", (char *)*state, name);
	return text;
}

static void make_directory(void **state, const char *name, mode_t mode, uid_t owner)
{
	assert_return_code(mkdir(path_of(state, name), mode), errno);
	assert_return_code(chmod(path_of(state, name), mode), errno);
	assert_return_code(chown(path_of(state, name), owner, -1), errno);
}

static void make_file(void **state, const char *name, mode_t mode)
{
	int fd = open(path_of(state, name), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_return_code(fd, errno);
	assert_return_code(fchmod(fd, mode), errno);
	close(fd);
}

static void skip_unless_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void a_directory_of_root_is_safe(void **state)
{
	skip_unless_root();
	make_directory(state, "a", 0755, 0);
	make_directory(state, "a/b", 0700, 0);
	make_file(state, "a/b/file", 0644);
	assert_int_equal(root_path_check(path_of(state, "a/b/file")), 0);
	assert_int_equal(root_path_check(path_of(state, "a//./b/../b/file")), 0);
	assert_int_equal(root_path_check(path_of(state, "a/nothing")), -ENOENT);
	assert_int_equal(root_path_check("a/b"), -EPERM);
}

static void paths_that_other_users_own_or_may_write_are_unsafe(void **state)
{
	skip_unless_root();
	make_directory(state, "theirs", 0755, STRANGER);
	make_file(state, "theirs/file", 0644);
	make_directory(state, "open", 0777, 0);
	make_file(state, "open/file", 0644);
	make_directory(state, "sticky", 01777, 0);
	make_file(state, "sticky/file", 0644);
	make_file(state, "sticky/open", 0666);
	assert_int_equal(root_path_check(path_of(state, "theirs/file")), -EPERM);
	assert_int_equal(root_path_check(path_of(state, "theirs/nothing")), -EPERM);
	assert_int_equal(root_path_check(path_of(state, "open/file")), -EPERM);
	assert_int_equal(root_path_check(path_of(state, "sticky/file")), 0);
	assert_int_equal(root_path_check(path_of(state, "sticky/open")), -EPERM);
}

static void links_are_followed_to_what_they_name(void **state)
{
	skip_unless_root();
	make_directory(state, "a", 0755, 0);
	make_file(state, "a/file", 0644);
	make_directory(state, "theirs", 0755, STRANGER);
	make_file(state, "theirs/file", 0644);
	assert_return_code(symlink("a", path_of(state, "relative")), errno);
	assert_return_code(symlink(path_of(state, "a"), path_of(state, "absolute")), errno);
	assert_return_code(symlink("../theirs", path_of(state, "a/out")), errno);
	assert_return_code(symlink("loop", path_of(state, "loop")), errno);
	assert_return_code(symlink("a", path_of(state, "planted")), errno);
	assert_return_code(lchown(path_of(state, "planted"), STRANGER, -1), errno);
	assert_int_equal(root_path_check(path_of(state, "relative/file")), 0);
	assert_int_equal(root_path_check(path_of(state, "absolute/file")), 0);
	assert_int_equal(root_path_check(path_of(state, "relative/out/file")), -EPERM);
	assert_int_equal(root_path_check(path_of(state, "loop")), -ELOOP);
	assert_int_equal(root_path_check(path_of(state, "planted/file")), -EPERM);
}

static void namespaces_of_processes_are_safe_and_their_files_are_not(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", getpid());
	assert_int_equal(root_path_check(path), 0);
	snprintf(path, sizeof(path), "/proc/%d/root/etc", getpid());
	assert_int_equal(root_path_check(path), -EPERM);
	snprintf(path, sizeof(path), "/proc/%d/cwd/anything", getpid());
	assert_int_equal(root_path_check(path), -EPERM);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_directory_of_root_is_safe),
		TEST(paths_that_other_users_own_or_may_write_are_unsafe),
		TEST(links_are_followed_to_what_they_name),
		TEST(namespaces_of_processes_are_safe_and_their_files_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
