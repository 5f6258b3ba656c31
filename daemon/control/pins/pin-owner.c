// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/pins/pin-owner.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "map-owner/request.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

/* systemd may have to start the helper first, on a machine that is booting. */
static const struct timeval patience = { .tv_sec = 10 };

static int connect_to(const char *path)
{
	cleanup(closep) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return steal_fd(&fd);
}

static struct cmsghdr *add(struct cmsghdr *header, int type, const void *bytes, size_t size)
{
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = type;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), bytes, size);
	return header;
}

static int send_request(int fd, const struct map_owner_request *request, int pin)
{
	const struct ucred sender = { .pid = MAP_OWNER_SENDER };
	char control[CMSG_SPACE(sizeof(pin)) + CMSG_SPACE(sizeof(sender))] = {};
	struct iovec part = { (void *)request, sizeof(*request) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = add(CMSG_FIRSTHDR(&message), SCM_RIGHTS, &pin, sizeof(pin));

	add(CMSG_NXTHDR(&message, header), SCM_CREDENTIALS, &sender, sizeof(sender));
	return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int receive_answer(int fd)
{
	int32_t answer;
	ssize_t size = recv(fd, &answer, sizeof(answer), 0);

	if (size < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return size == sizeof(answer) && answer <= 0 ? answer : -ECONNRESET;
}

static int ask(const char *helper, int directory, const char *name, uid_t uid, gid_t gid)
{
	const struct map_owner_request request = { .uid = uid, .gid = gid };
	cleanup(closep) int pin = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	cleanup(closep) int fd = pin < 0 ? -errno : connect_to(helper);
	int result;

	if (pin < 0)
		return fd;
	if (fd == -ENOENT || fd == -ECONNREFUSED)
		return -EPERM;
	result = fd < 0 ? fd : send_request(fd, &request, pin);
	crash_point("map-owner");
	return result < 0 ? result : receive_answer(fd);
}

int pin_owner_set(const char *helper, int directory, const char *name, uid_t uid, gid_t gid)
{
	if (fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return errno == EPERM ? ask(helper, directory, name, uid, gid) : -errno;
}
