// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/receiver/message.h"

#include "base/cleanup.h"
#include "ipc/stream.h"

#include <string.h>

int message_send(int fd, const void *bytes, size_t size, const struct fds *fds)
{
	char control[FDS_CONTROL_SIZE];
	struct iovec part = { (void *)bytes, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t count;

	if (fds)
		fds_attach(&message, control, fds);
	do
		count = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (count < 0 && errno == EINTR);
	return count < 0 ? -errno : 0;
}

static void take_fds(struct msghdr *message, struct fds *ret)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);

	if (!header || header->cmsg_type != SCM_RIGHTS)
		return;
	ret->n_fds = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(ret->fds, CMSG_DATA(header), ret->n_fds * sizeof(int));
}

int message_receive(int fd, void *ret, size_t size, struct fds *ret_fds)
{
	char control[FDS_CONTROL_SIZE];
	struct iovec part = { ret, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t count;

	if (ret_fds) {
		*ret_fds = (struct fds){};
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
	}
	do
		count = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	if (ret_fds)
		take_fds(&message, ret_fds);
	return count;
}
