// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/run-command.h"

#include "base/cleanup.h"
#include "cli/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHELL_SIGNALLED 128 /* a shell's exit status for signal N is 128 + N */

/* Signals that would end xdpctl, and are the command's to handle. */
static const int forwarded[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };

/* Before the command starts, so that no signal arrives in between. `ret_before`: for the command. */
static int block_signals(sigset_t *ret_before)
{
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < array_size(forwarded); i++)
		sigaddset(&signals, forwarded[i]);
	signal(SIGCHLD, SIG_DFL); /* a parent that ignores it would take the exit status away */
	sigprocmask(SIG_BLOCK, &signals, ret_before);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* In the child; writes the errno to the pipe, which exec closes otherwise. */
static void become(char *const *command, const sigset_t *signals, pid_t parent, int failure)
{
	int number;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EXIT_NOT_RUN);
	sigprocmask(SIG_SETMASK, signals, NULL);
	execvp(command[0], command);
	number = errno;
	if (write(failure, &number, sizeof(number)) < 0)
		_exit(EXIT_NOT_RUN);
	_exit(EXIT_NOT_FOUND);
}

/* The process that runs the command, or a negative errno. */
static pid_t start(char *const *command, const sigset_t *signals)
{
	pid_t parent = getpid(), child;
	int ends[2], number = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	child = fork();
	if (child == 0)
		become(command, signals, parent, ends[1]);
	if (child < 0)
		number = errno;
	close(ends[1]);
	if (child > 0 && read(ends[0], &number, sizeof(number)) == sizeof(number))
		waitpid(child, NULL, 0);
	close(ends[0]);
	return number ? -number : child;
}

/*
 * Terminals send a signal to all processes of the foreground job, so the command has it already: those have SI_KERNEL.
 */
static void forward(int signals, pid_t child)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_code != SI_KERNEL)
			kill(child, info.ssi_signo);
}

/* Waits for the command, the daemon, a signal, or so long (-1: without end). False: the connection has ended. */
static bool wait_for_any(int signals, int ended, struct xdpd_connection *connection, int msec)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = ended, .events = POLLIN },
		{ .fd = connection ? xdpd_get_fd(connection) : -1,
		  .events = connection ? xdpd_get_events(connection) : 0 },
	};
	int result = 0;

	poll(fds, array_size(fds), msec);
	while (connection && (result = xdpd_process(connection)) > 0)
		;
	return result >= 0;
}

static enum exit_status read_status(int status)
{
	int result = WIFSIGNALED(status) ? SHELL_SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);

	return (enum exit_status)result;
}

/* Waits until something happens. Without the component the command must end, too. */
static enum client_link keep(enum client_link link, pid_t child, int signals, int ended,
			     struct xdpd_connection *connection, const char *socket_path)
{
	if (link == CLIENT_CONNECTED)
		return wait_for_any(signals, ended, connection, -1) ? CLIENT_CONNECTED
								    : CLIENT_WAITS;
	if (link == CLIENT_WAITS) {
		link = client_reconnect(connection, socket_path);
		if (link == CLIENT_LOST)
			kill(child, SIGTERM);
	}
	if (link != CLIENT_CONNECTED)
		wait_for_any(signals, ended, NULL,
			     link == CLIENT_WAITS ? CLIENT_RECONNECT_MSEC : -1);
	return link;
}

/* The child is reaped here only, so that no signal goes to another process with its number. */
static enum exit_status wait_until_ended(pid_t child, int signals, int ended,
					 struct xdpd_connection *connection,
					 const char *socket_path)
{
	enum client_link link = CLIENT_CONNECTED;
	int status;

	while (waitpid(child, &status, WNOHANG) == 0) {
		forward(signals, child);
		link = keep(link, child, signals, ended, connection, socket_path);
	}
	return link == CLIENT_LOST ? EXIT_NO_DAEMON : read_status(status);
}

static enum exit_status cannot_run(const char *command, int number)
{
	report_error("cannot run '%s': %s", command, strerror(number));
	return number == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
}

enum exit_status run_command(char *const *command, struct xdpd_connection *connection,
			     const char *socket_path)
{
	sigset_t before;
	cleanup(closep) int signals = block_signals(&before);
	cleanup(closep) int ended = -1;
	pid_t child;

	if (signals < 0)
		return cannot_run(command[0], errno);
	child = start(command, &before);
	if (child < 0)
		return cannot_run(command[0], -child);
	ended = syscall(SYS_pidfd_open, child, 0);
	if (ended < 0) {
		int number = errno;

		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		return cannot_run(command[0], number);
	}
	return wait_until_ended(child, signals, ended, connection, socket_path);
}
