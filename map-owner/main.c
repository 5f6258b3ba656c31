// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "map-owner/request.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/vfs.h>

/*
 * Changes the owners of pins for the daemon, which has no CAP_CHOWN in the sandbox of its unit. This process has
 * that capability and no other, and can use it only for what it is sent: its own sandbox shows it nothing that can
 * be written to. systemd starts it for the first connection.
 */

/* Milliseconds without a connection after which it ends; systemd starts it again. */
#define IDLE 10000

/* A client that does not go on within this time must not keep others waiting. */
static const struct timeval patience = { .tv_sec = 2 };

struct message {
	struct map_owner_request request;
	ssize_t size;
	struct ucred sender;
	size_t n_fds;
	int pin; /* -1: none */
};

/* Keeps the first descriptor, and closes the others. */
static void take_fds(const struct cmsghdr *header, struct message *message)
{
	size_t n_fds = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < n_fds; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
		if (message->n_fds++ == 0)
			message->pin = fd;
		else
			close(fd);
	}
}

static void receive(int client, struct message *ret)
{
	char control[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
	struct iovec part = { &ret->request, sizeof(ret->request) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };

	ret->size = recvmsg(client, &message, MSG_CMSG_CLOEXEC | MSG_TRUNC);
	if (ret->size < 0)
		return;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
	     header = CMSG_NXTHDR(&message, header)) {
		if (header->cmsg_level != SOL_SOCKET)
			continue;
		if (header->cmsg_type == SCM_RIGHTS)
			take_fds(header, ret);
		else if (header->cmsg_type == SCM_CREDENTIALS)
			memcpy(&ret->sender, CMSG_DATA(header), sizeof(ret->sender));
	}
	/* Descriptors that had no room in the buffer count as well. */
	if (message.msg_flags & MSG_CTRUNC)
		ret->n_fds++;
}

static bool is_from_the_daemon(const struct message *message)
{
	return message->sender.pid == MAP_OWNER_SENDER && message->sender.uid == 0;
}

static bool is_whole(const struct message *message)
{
	return message->size == sizeof(message->request) && message->n_fds == 1;
}

/*
 * A pin is an ordinary file of a bpffs; the daemon tries on a symbolic link whether owners can be changed. A
 * directory is neither: its owner could put other pins there.
 */
static bool is_pin_of_root(int fd)
{
	struct statfs file_system;
	struct stat status;

	return fstatfs(fd, &file_system) == 0 && file_system.f_type == BPF_FS_MAGIC &&
	       fstat(fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISLNK(status.st_mode)) &&
	       status.st_uid == 0;
}

static int32_t carry_out(const struct message *message)
{
	const struct map_owner_request *request = &message->request;

	if (!is_from_the_daemon(message))
		return -EPERM;
	if (!is_whole(message))
		return -EBADMSG;
	if (!is_pin_of_root(message->pin))
		return -EINVAL;
	return fchownat(message->pin, "", request->uid, request->gid, AT_EMPTY_PATH) < 0 ? -errno
											 : 0;
}

static void serve(int client)
{
	struct message message = { .pin = -1 };
	int32_t answer;

	if (setsockopt(client, SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int)) < 0 ||
	    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return;
	receive(client, &message);
	if (message.size > 0) {
		answer = carry_out(&message);
		send(client, &answer, sizeof(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	closep(&message.pin);
}

/* Is there a client? No: none has connected for some time. */
static bool wait_for_client(int listener)
{
	struct pollfd waiting = { .fd = listener, .events = POLLIN };
	int result;

	do
		result = poll(&waiting, 1, IDLE);
	while (result < 0 && errno == EINTR);
	return result > 0;
}

static bool is_listener(int fd)
{
	int listens = 0;
	socklen_t size = sizeof(listens);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens;
}

int main(void)
{
	if (!is_listener(STDIN_FILENO)) {
		fprintf(stderr, "xdpd-map-owner: standard input is not a listening socket; systemd "
				"starts this program (xdpd-map-owner.socket)\n");
		return EXIT_FAILURE;
	}
	while (wait_for_client(STDIN_FILENO)) {
		cleanup(closep) int client = accept4(STDIN_FILENO, NULL, NULL, SOCK_CLOEXEC);

		if (client >= 0)
			serve(client);
	}
	return EXIT_SUCCESS;
}
