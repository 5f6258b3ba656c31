// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/receiver/process.h"

#include "base/cleanup.h"
#include "daemon/receiver/message.h"
#include "daemon/receiver/received.h"
#include "sandbox/filter.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* As many descriptors as the kernel allows in one message (SCM_MAX_FD). */
#define ALL_FDS_MAX 253

struct reception {
	struct receiver_answer answer;
	size_t n_fds;
	int fds[ALL_FDS_MAX];
};

/*
 * Ends without closing descriptors first: the kernel does not let a socket linger while its process ends
 * (net/ipv4/af_inet.c, inet_release()).
 */
static _Noreturn void end(void)
{
	_exit(0);
}

static int take_fds(struct msghdr *message, struct reception *reception)
{
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		reception->n_fds = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(reception->fds, CMSG_DATA(header), reception->n_fds * sizeof(int));
	}
	if (reception->n_fds > FDS_MAX)
		return -E2BIG;
	return message->msg_flags & MSG_CTRUNC ? -EMFILE : 0;
}

static int read_connection(int connection, struct reception *reception)
{
	char control[CMSG_SPACE(sizeof(int) * ALL_FDS_MAX)];
	struct iovec part = { reception->answer.bytes, sizeof(reception->answer.bytes) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	ssize_t count;

	do
		count = recvmsg(connection, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	return take_fds(&message, reception) ?: count;
}

static bool is_file(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/* Anonymous inodes have names that no file can have (fs/d_path.c). A name takes longer to get than a type. */
static bool is_map(int fd)
{
	char link[64], target[32];
	ssize_t length;

	if (is_file(fd))
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = '\0';
	return !strcmp(target, "anon_inode:bpf-map");
}

static void send_answer(int fd, const struct receiver_answer *answer)
{
	size_t size = offsetof(struct receiver_answer, bytes) +
		      (answer->result > 0 ? answer->result : 0);

	if (message_send(fd, answer, size, NULL) < 0)
		end();
}

static void wait_for_grant(int fd)
{
	char byte;

	if (message_receive(fd, &byte, sizeof(byte), NULL) != sizeof(byte) ||
	    byte != RECEIVER_GRANT)
		end();
}

/* A BPF map is passed on itself rather than copied, because closing a map does not block. */
static int copy_files(const struct reception *reception, struct fds *ret)
{
	for (size_t i = 0; i < reception->n_fds; i++) {
		int fd = reception->fds[i];
		int copy = is_map(fd) ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : received_new(fd);

		if (copy < 0)
			return is_map(fd) ? -errno : copy;
		ret->fds[ret->n_fds++] = copy;
	}
	return 0;
}

static void send_files(int fd, const struct reception *reception)
{
	struct receiver_files files = {};
	struct fds copies = {};

	files.result = copy_files(reception, &copies);
	if (message_send(fd, &files, sizeof(files), files.result < 0 ? NULL : &copies) < 0)
		end();
	while (copies.n_fds > 0)
		close(copies.fds[--copies.n_fds]);
}

/* The process ends to close anything other than files and maps, because closing it may block. */
static void close_files(const struct reception *reception)
{
	for (size_t i = 0; i < reception->n_fds; i++)
		if (!is_file(reception->fds[i]) && !is_map(reception->fds[i]))
			end();
	for (size_t i = 0; i < reception->n_fds; i++)
		close(reception->fds[i]);
}

/* Takes ownership of the connection. */
static void receive(int fd, enum receiver_task task, int connection)
{
	struct reception
		reception; /* not zeroed as a whole, because most of it is room for 32 KiB */
	struct receiver_answer *answer = &reception.answer;

	reception.n_fds = 0;
	answer->files_size = 0;
	answer->n_files = 0;
	answer->result = read_connection(connection, &reception);
	if (task == RECEIVE_BYTES || answer->result <= 0) {
		send_answer(fd, answer);
		end();
	}
	close(connection);
	answer->n_files = reception.n_fds;
	for (size_t i = 0; i < reception.n_fds; i++)
		answer->files_size += received_plan(reception.fds[i]);
	send_answer(fd, answer);
	if (answer->n_files) {
		wait_for_grant(fd);
		send_files(fd, &reception);
		close_files(&reception);
	}
	if (message_send(fd, "", 1, NULL) < 0)
		end();
}

static _Noreturn void serve(int fd)
{
	for (;;) {
		struct receiver_order order;
		struct fds fds;

		if (message_receive(fd, &order, sizeof(order), &fds) != sizeof(order) ||
		    fds.n_fds != 1)
			end();
		if (order.task == RECEIVE_NOTHING)
			/* It is closed when this process ends, after the daemon has closed its own descriptor. */
			continue;
		receive(fd, order.task, fds.fds[0]);
	}
}

/* If fork() fails because of the limit of processes, another receiver will end and make room. */
static void start_receiver(int own_fd, int fd)
{
	pid_t pid;

	while ((pid = fork()) < 0)
		usleep(10000);
	if (pid == 0) {
		close(own_fd);
		prctl(PR_SET_NAME, "xdpd-receiver");
		/* It may have the user ID of the daemon, but it must not be able to open the daemon's files. */
		if (filter_install(FILTER_RECEIVER) < 0)
			end();
		serve(fd);
	}
	close(fd);
}

/* Waits for the receivers that it has started, unless one of them hangs. */
static _Noreturn void end_spawner(void)
{
	alarm(1);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	end();
}

static _Noreturn void spawn(int fd)
{
	for (;;) {
		struct fds fds;
		char byte;

		if (message_receive(fd, &byte, sizeof(byte), &fds) != sizeof(byte) ||
		    fds.n_fds != 1)
			end_spawner();
		start_receiver(fd, fds.fds[0]);
	}
}

/* Keeps only the socket, which becomes number 3, and the standard error, which sanitizers need. */
static int keep_descriptors(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(fd, 3) < 0)
		return -errno;
	return syscall(SYS_close_range, 4, ~0u, 0) < 0 ? -errno : 3;
}

/*
 * A receiver needs no capabilities. In a sandbox that forbids capset(2) it keeps the ones that it has.
 */
static void drop_rights(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	syscall(SYS_capset, &header, none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Only the daemon handles signals: these processes end when their sockets are closed. */
static void ignore_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGCHLD };
	sigset_t none;

	for (size_t i = 0; i < array_size(signals); i++)
		signal(signals[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void be_spawner(int socket)
{
	int fd;

	prctl(PR_SET_NAME, "xdpd-spawner");
	ignore_signals();
	fd = keep_descriptors(socket);
	if (fd < 0 || chdir("/") < 0)
		end();
	drop_rights();
	spawn(fd);
}

int spawner_start(struct spawner *ret, struct error *error)
{
	int sockets[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return error_set(error, ERROR_INTERNAL, -errno,
				 "cannot create a pair of sockets: %s", errno_name(errno));
	pid = fork();
	if (pid == 0)
		be_spawner(sockets[1]);
	close(sockets[1]);
	*ret = (struct spawner){ pid, sockets[0] };
	if (pid > 0)
		return 0;
	closep(&ret->fd);
	return error_set(error, ERROR_INTERNAL, -errno, "cannot start a process: %s",
			 errno_name(errno));
}

void spawner_stop(struct spawner *spawner)
{
	if (spawner->fd < 0)
		return;
	closep(&spawner->fd);
	while (waitpid(spawner->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
