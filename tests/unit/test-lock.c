// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A lock belongs to the process that runs; others wait for it only if that process was killed. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/lock.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/xdpd-lock-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(directory);
}

static int open_directory(void)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_return_code(fd, errno);
	return fd;
}

/*
 * Takes the lock in another process, which then writes one byte. With `heir` a child keeps its descriptors
 * for a while.
 */
static pid_t start_owner(bool heir, int ends[2])
{
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	fd = open_directory();
	if (lock_directory(fd, "directory", directory, NULL) < 0)
		_exit(1);
	if (heir && fork() == 0) {
		close(ends[1]);
		usleep(300000);
		_exit(0);
	}
	if (write(ends[1], "", 1) != 1)
		_exit(1);
	pause();
	_exit(1);
}

/* The result of taking the lock while the owner runs, or after it was killed. */
static int try_lock(bool heir, bool killed)
{
	cleanup(error_done) struct error error = {};
	cleanup(closep) int fd = open_directory();
	int ends[2], result;
	pid_t owner;
	char byte;

	assert_return_code(pipe(ends), errno);
	owner = start_owner(heir, ends);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	if (killed) {
		kill(owner, SIGKILL);
		assert_int_equal(waitpid(owner, NULL, 0), owner);
	}
	result = lock_directory(fd, "directory", directory, &error);
	if (!killed) {
		assert_non_null(strstr(error.message, "uses the directory"));
		kill(owner, SIGKILL);
		assert_int_equal(waitpid(owner, NULL, 0), owner);
	}
	close(ends[0]);
	close(ends[1]);
	return result;
}

static void the_lock_of_a_process_that_runs_is_respected(void **state)
{
	(void)state;
	assert_int_equal(try_lock(false, false), -EWOULDBLOCK);
}

static void the_lock_of_a_killed_process_is_free(void **state)
{
	(void)state;
	assert_int_equal(try_lock(false, true), 0);
}

static void what_a_killed_process_was_starting_is_waited_for(void **state)
{
	(void)state;
	assert_int_equal(try_lock(true, true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lock_of_a_process_that_runs_is_respected),
		cmocka_unit_test(the_lock_of_a_killed_process_is_free),
		cmocka_unit_test(what_a_killed_process_was_starting_is_waited_for),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
