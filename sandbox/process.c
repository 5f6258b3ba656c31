// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "sandbox/process.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>

#define FIRST_FD 3

static void actionsp(posix_spawn_file_actions_t *actions)
{
	posix_spawn_file_actions_destroy(actions);
}

static void attributesp(posix_spawnattr_t *attributes)
{
	posix_spawnattr_destroy(attributes);
}

/* The order matters: a descriptor must be copied before its number is overwritten. */
static int add_actions(posix_spawn_file_actions_t *actions, int output, size_t n_fds,
		       const int *fds)
{
	int failure = posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);

	if (!failure)
		failure = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/zero",
							   O_RDWR, 0);
	if (!failure)
		failure = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null",
							   O_WRONLY, 0);
	for (size_t i = 0; !failure && i < n_fds; i++)
		failure = posix_spawn_file_actions_adddup2(actions, fds[i], FIRST_FD + i);
	if (!failure)
		failure = posix_spawn_file_actions_addclosefrom_np(actions, FIRST_FD + n_fds);
	return failure;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t all, none;
	int failure;

	sigfillset(&all);
	sigemptyset(&none);
	failure = posix_spawnattr_setflags(attributes,
					   POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (!failure)
		failure = posix_spawnattr_setsigmask(attributes, &none);
	return failure ?: posix_spawnattr_setsigdefault(attributes, &all);
}

/* posix_spawn(3) shares the memory until the program starts, so the size of this process does not matter. */
static int spawn(const char *program, char *const *arguments, int output, size_t n_fds,
		 const int *fds, pid_t *ret)
{
	cleanup(actionsp) posix_spawn_file_actions_t actions;
	cleanup(attributesp) posix_spawnattr_t attributes;
	char *const no_environment[] = { NULL };
	int failure;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	failure = set_attributes(&attributes) ?: add_actions(&actions, output, n_fds, fds);
	return -(failure
			 ?: posix_spawn(ret, program, &actions, &attributes, arguments,
					no_environment));
}

/* Moves the descriptors up, so that none has a number which the child needs for another one. */
static int move_up(size_t n_fds, const int *fds, int *ret)
{
	for (size_t i = 0; i < n_fds; i++) {
		ret[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, (int)(FIRST_FD + n_fds));
		if (ret[i] < 0)
			return -errno;
	}
	return 0;
}

int process_start(const char *program, char *const *arguments, size_t n_fds, const int *fds,
		  struct process *ret)
{
	/* The last one is the child's end of the pipe. */
	cleanup(freep) int *moved = malloc((n_fds + 1) * sizeof(*moved));
	cleanup(freep) int *wanted = malloc((n_fds + 1) * sizeof(*wanted));
	int ends[2] = { -1, -1 };
	int result = moved && wanted ? 0 : -ENOMEM;

	if (result < 0)
		return result;
	for (size_t i = 0; i <= n_fds; i++)
		moved[i] = -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	for (size_t i = 0; i < n_fds; i++)
		wanted[i] = fds[i];
	wanted[n_fds] = ends[1];
	result = move_up(n_fds + 1, wanted, moved);
	if (result == 0)
		result = spawn(program, arguments, moved[n_fds], n_fds, moved, &ret->pid);
	for (size_t i = 0; i <= n_fds; i++)
		closep(&moved[i]);
	closep(&ends[1]);
	if (result < 0)
		closep(&ends[0]);
	ret->output = ends[0];
	return result;
}

static int64_t now(void)
{
	return (int64_t)(clock_usec(CLOCK_MONOTONIC) / 1000);
}

/* Waits for output or its end; false: the time is over. */
static bool wait_for_output(int fd, int64_t end)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };

	for (;;) {
		int64_t left = end - now();
		int result = poll(&waiting, 1, left > 0 ? left : 0);

		if (result > 0)
			return true;
		if (result == 0 || errno != EINTR)
			return false;
	}
}

static size_t read_output(int fd, void *bytes, size_t size, int64_t end, bool *ret_in_time)
{
	size_t done = 0;

	while (done < size && (*ret_in_time = wait_for_output(fd, end))) {
		ssize_t count = read(fd, (char *)bytes + done, size - done);

		if (count == 0 || (count < 0 && errno != EINTR))
			break;
		done += count > 0 ? count : 0;
	}
	return done;
}

size_t process_finish(struct process *process, void *bytes, size_t size, unsigned int seconds,
		      struct ending *ret)
{
	struct ending ending = { .in_time = true, .status = -1 };
	size_t done = read_output(process->output, bytes, size, now() + seconds * INT64_C(1000),
				  &ending.in_time);

	closep(&process->output);
	/* If it has closed its output because it is exiting, its exit status stays. */
	kill(process->pid, SIGKILL);
	while (waitpid(process->pid, &ending.status, 0) < 0 && errno == EINTR)
		;
	*ret = ending;
	return done;
}
