#define _GNU_SOURCE
#include "daemon/receiver/message.h"

#include "base/cleanup.h"

#include <string.h>
#include <sys/socket.h>

int message_send(int fd, const void *bytes, size_t size, const struct fds *fds)
{
	char control[CMSG_SPACE(sizeof(int) * FDS_MAX)] = {};
	struct iovec part = { (void *)bytes, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	size_t fds_size = fds ? fds->n_fds * sizeof(int) : 0;
	ssize_t count;

	if (fds_size) {
		struct cmsghdr *header;

		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(fds_size);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(fds_size);
		memcpy(CMSG_DATA(header), fds->fds, fds_size);
	}
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
	char control[CMSG_SPACE(sizeof(int) * FDS_MAX)];
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
