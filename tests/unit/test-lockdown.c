// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A locked-down process can use what it has, and reach nothing else. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "sandbox/filter.h"
#include "sandbox/lockdown.h"
#include "sandbox/sanitizer.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define MEMORY	  ((size_t)256 << 20)
#define FILE_SIZE 8192

/* None of these attempts should succeed: each returns true if it did, or sets errno. */

static bool open_file(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY) >= 0;
}

static bool look_at_file(void)
{
	struct stat status;

	return fstatat(AT_FDCWD, "/", &status, 0) == 0;
}

static bool unlink_file(void)
{
	return unlink("/nowhere") == 0;
}

static bool open_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool make_pipe(void)
{
	int ends[2];

	return pipe(ends) == 0;
}

static bool make_process(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0;
}

static bool run_program(void)
{
	char *const arguments[] = { "true", NULL };

	return execve("/bin/true", arguments, arguments + 1) == 0;
}

static bool trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

/* The parent's pid must be read before the lockdown. */
static pid_t parent;

static bool signal_parent(void)
{
	return kill(parent, 0) == 0;
}

static bool trace_parent(void)
{
	return ptrace(PTRACE_SEIZE, parent, NULL, NULL) == 0;
}

static bool call_bpf(void)
{
	return syscall(SYS_bpf, 0, NULL, 0) >= 0;
}

static bool make_namespace(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

static bool become_root(void)
{
	return setresuid(0, 0, 0) == 0;
}

static bool keep_running_without_parent(void)
{
	return prctl(PR_SET_PDEATHSIG, 0) == 0;
}

static bool map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	       MAP_FAILED;
}

static bool make_code(void)
{
	static char page[8192] __attribute__((aligned(4096)));

	return mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) == 0;
}

static const struct attempt {
	const char *what;
	bool (*act)(void);
} attempts[] = {
	{ "open a file", open_file },
	{ "look at a file", look_at_file },
	{ "unlink a file", unlink_file },
	{ "open a socket", open_socket },
	{ "make a pipe", make_pipe },
	{ "make a process", make_process },
	{ "run a program", run_program },
	{ "be traced", trace },
	{ "signal another process", signal_parent },
	{ "trace another process", trace_parent },
	{ "call bpf(2)", call_bpf },
	{ "make a namespace", make_namespace },
	{ "become root", become_root },
	{ "outlive its parent", keep_running_without_parent },
	{ "map code", map_code },
	{ "make code", make_code },
};

static int lock_down(void)
{
	static const struct lockdown limits = {
		.memory = MEMORY, .file_size = FILE_SIZE, .cpu_seconds = 1, .n_fds = 64
	};

	return lockdown(&limits, NULL);
}

static int lock_down_receiver(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno
							  : filter_install(FILTER_RECEIVER);
}

/* Runs `act` in a locked-down process, which can only read from and write to `fd`. */
static pid_t start_as(int (*lock_down)(void), void (*act)(int fd), int *ret_fd)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	parent = getpid();
	pid = fork();
	assert_true(pid >= 0);
	if (pid > 0) {
		close(ends[1]);
		*ret_fd = ends[0];
		return pid;
	}
	close(ends[0]);
	if (lock_down() == 0)
		act(ends[1]);
	_exit(EXIT_SUCCESS);
}

static pid_t start(void (*act)(int fd), int *ret_fd)
{
	return start_as(lock_down, act, ret_fd);
}

static int wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(EXIT_FAILURE);
}

static void try_everything(int fd)
{
	for (size_t i = 0; i < array_size(attempts); i++) {
		errno = 0;
		if (attempts[i].act() || errno != EPERM) {
			say(fd, attempts[i].what);
			say(fd, "; ");
		}
	}
	say(fd, "done");
}

static void read_all(int fd, char *ret, size_t size)
{
	size_t done = 0;

	for (ssize_t count; (count = read(fd, ret + done, size - 1 - done)) > 0;)
		done += count;
	ret[done] = '\0';
	close(fd);
}

static void it_reaches_nothing(void **state)
{
	char said[1024];
	int fd;
	pid_t pid = start(try_everything, &fd);

	(void)state;
	read_all(fd, said, sizeof(said));
	assert_int_equal(wait_for(pid), 0);
	assert_string_equal(said, "done");
}

static void a_receiver_of_descriptors_reaches_nothing(void **state)
{
	char said[1024];
	int fd;
	pid_t pid = start_as(lock_down_receiver, try_everything, &fd);

	(void)state;
	read_all(fd, said, sizeof(said));
	assert_int_equal(wait_for(pid), 0);
	assert_string_equal(said, "done");
}

static void wait_until_told(int fd)
{
	char byte;

	say(fd, "!");
	if (read(fd, &byte, 1) < 0)
		_exit(EXIT_FAILURE);
}

static void read_status(pid_t pid, char *ret, size_t size)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	read_all(fd, ret, size);
}

static void has_line(const char *status, const char *line)
{
	if (!strstr(status, line))
		fail_msg("'%s' is not in %s", line, status);
}

static void it_has_no_capability_and_no_user(void **state)
{
	static const char *const lines[] = {
		"\nCapInh:\t0000000000000000\n",
		"\nCapPrm:\t0000000000000000\n",
		"\nCapEff:\t0000000000000000\n",
		"\nCapAmb:\t0000000000000000\n",
		"\nNoNewPrivs:\t1\n",
		"\nSeccomp:\t2\n",
	};
	char status[8192], byte;
	int fd;
	pid_t pid = start(wait_until_told, &fd);

	(void)state;
	assert_int_equal(read(fd, &byte, 1), 1);
	read_status(pid, status, sizeof(status));
	for (size_t i = 0; i < array_size(lines); i++)
		has_line(status, lines[i]);
	if (geteuid() == 0) {
		has_line(status, "\nUid:\t65534\t65534\t65534\t65534\n");
		has_line(status, "\nGid:\t65534\t65534\t65534\t65534\n");
		has_line(status, "\nGroups:\t \n");
	}
	close(fd);
	assert_int_equal(wait_for(pid), 0);
}

static void use_descriptors_and_memory(int fd)
{
	void *memory = malloc(MEMORY / 4);
	int copy = dup(fd);

	if (!memory)
		return;
	memset(memory, 1, MEMORY / 4);
	memory = realloc(memory, MEMORY / 3);
	free(memory);
	if (memory && copy >= 0)
		say(copy, "fine");
}

static void it_can_use_descriptors_and_memory(void **state)
{
	char said[16];
	int fd;
	pid_t pid = start(use_descriptors_and_memory, &fd);

	(void)state;
	read_all(fd, said, sizeof(said));
	assert_int_equal(wait_for(pid), 0);
	assert_string_equal(said, "fine");
}

static void take_too_much_memory(int fd)
{
	/* Volatile, because a compiler may remove an unused allocation. */
	void *volatile memory = malloc(MEMORY);

	say(fd, memory ? "too much" : "refused");
}

static void memory_is_limited(void **state)
{
	char said[16];
	int fd;
	pid_t pid;

	(void)state;
	if (HAS_SANITIZER)
		return;
	pid = start(take_too_much_memory, &fd);
	read_all(fd, said, sizeof(said));
	assert_int_equal(wait_for(pid), 0);
	assert_string_equal(said, "refused");
}

static void run_forever(int fd)
{
	(void)fd;
	for (volatile unsigned int i = 0;; i++)
		;
}

static void processor_time_is_limited(void **state)
{
	int fd, status;
	pid_t pid = start(run_forever, &fd);

	(void)state;
	status = wait_for(pid);
	close(fd);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGXCPU);
}

static int written;

static void write_too_much(int fd)
{
	static const char bytes[FILE_SIZE + 1];

	if (write(written, bytes, FILE_SIZE) == FILE_SIZE)
		say(fd, "a part; ");
	if (write(written, bytes, 1) == 1)
		say(fd, "too much");
}

static void the_size_of_files_is_limited(void **state)
{
	char said[32];
	int fd, status;
	pid_t pid;

	(void)state;
	written = memfd_create("written", MFD_CLOEXEC);
	assert_true(written >= 0);
	pid = start(write_too_much, &fd);
	read_all(fd, said, sizeof(said));
	status = wait_for(pid);
	close(written);
	assert_string_equal(said, "a part; ");
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGXFSZ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_reaches_nothing),
		cmocka_unit_test(a_receiver_of_descriptors_reaches_nothing),
		cmocka_unit_test(it_has_no_capability_and_no_user),
		cmocka_unit_test(it_can_use_descriptors_and_memory),
		cmocka_unit_test(memory_is_limited),
		cmocka_unit_test(processor_time_is_limited),
		cmocka_unit_test(the_size_of_files_is_limited),
	};

	return cmocka_run_group_tests_name("lockdown", tests, NULL, NULL);
}
