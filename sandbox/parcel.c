// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "sandbox/parcel.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* The size of the first read, however large a message the sender announces. */
#define STEP ((size_t)64 << 10)
/* A message of at most this size is read together with its head. */
#define SHORT ((size_t)1 << 10)

struct head {
	uint32_t kind;
	uint32_t size;
};

/* The head is in front of the bytes, so that one call sends both. */
static unsigned char *begin(const struct parcel *message)
{
	return message->bytes ? message->bytes - sizeof(struct head) : NULL;
}

static bool reserve(struct parcel *message, size_t room)
{
	unsigned char *larger;

	if (room <= message->room)
		return true;
	larger = realloc(begin(message), sizeof(struct head) + room);
	if (!larger)
		return false;
	message->bytes = larger + sizeof(struct head);
	message->room = room;
	return true;
}

void parcel_put(struct parcel *message, const void *bytes, size_t size)
{
	size_t needed = message->size + size;

	if (needed > message->room && !reserve(message, 2 * needed + 256)) {
		message->is_bad = true;
		return;
	}
	if (size > 0)
		memcpy(message->bytes + message->size, bytes, size);
	message->size = needed;
}

void parcel_put_u32(struct parcel *message, uint32_t number)
{
	parcel_put(message, &number, sizeof(number));
}

void parcel_put_blob(struct parcel *message, const void *bytes, size_t size)
{
	parcel_put_u32(message, size);
	parcel_put(message, bytes, size);
}

void parcel_put_text(struct parcel *message, const char *text)
{
	parcel_put_blob(message, text, text ? strlen(text) + 1 : 0);
}

/* NULL: the message has fewer bytes. */
static const void *take(struct parcel *message, size_t size)
{
	const void *bytes;

	if (message->is_bad || size > message->size - message->at) {
		message->is_bad = true;
		return NULL;
	}
	/* An empty message has no bytes to point at. */
	bytes = size > 0 ? message->bytes + message->at : NULL;
	message->at += size;
	return bytes;
}

void parcel_get(struct parcel *message, void *ret, size_t size)
{
	const void *bytes = take(message, size);

	if (bytes)
		memcpy(ret, bytes, size);
	else
		memset(ret, 0, size);
}

uint32_t parcel_get_u32(struct parcel *message)
{
	uint32_t number;

	parcel_get(message, &number, sizeof(number));
	return number;
}

const void *parcel_get_blob(struct parcel *message, size_t *ret_size)
{
	size_t size = parcel_get_u32(message);
	const void *bytes = size > 0 ? take(message, size) : NULL;

	*ret_size = bytes ? size : 0;
	return bytes;
}

const char *parcel_get_text(struct parcel *message)
{
	size_t size;
	const char *text = parcel_get_blob(message, &size);

	if (!text || (!text[size - 1] && strlen(text) == size - 1))
		return text;
	message->is_bad = true;
	return NULL;
}

bool parcel_is_read(const struct parcel *message)
{
	return !message->is_bad && message->at == message->size;
}

static int send_all(int fd, const void *bytes, size_t size)
{
	while (size > 0) {
		ssize_t count = send(fd, bytes, size, MSG_NOSIGNAL);

		if (count < 0 && errno != EINTR)
			return -errno;
		bytes = (const char *)bytes + (count > 0 ? count : 0);
		size -= count > 0 ? count : 0;
	}
	return 0;
}

int parcel_send(int fd, const struct parcel *message)
{
	const struct head head = { message->kind, message->size };

	if (message->is_bad || message->size > UINT32_MAX)
		return -ENOMEM;
	if (message->size == 0)
		return send_all(fd, &head, sizeof(head));
	memcpy(begin(message), &head, sizeof(head));
	return send_all(fd, begin(message), sizeof(head) + message->size);
}

static int64_t now(void)
{
	return (int64_t)(clock_usec(CLOCK_MONOTONIC) / 1000);
}

static int wait_for_bytes(int fd, int64_t *patience)
{
	int64_t begin = now();
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	int result = poll(&waiting, 1, *patience > 0 ? *patience : 0);

	if (result < 0)
		return errno == EINTR ? 0 : -errno;
	*patience -= now() - begin;
	return result == 0 ? -ETIMEDOUT : 0;
}

/*
 * Reads at most `size` bytes: how many, or -errno. A process that the filter keeps from poll(2) trusts the
 * sender, and waits without a limit.
 */
static ssize_t receive_some(int fd, void *bytes, size_t size, int64_t *patience)
{
	for (;;) {
		int result = patience ? wait_for_bytes(fd, patience) : 0;
		ssize_t count;

		if (result < 0)
			return result;
		count = recv(fd, bytes, size, patience ? MSG_DONTWAIT : 0);
		if (count == 0 || (count < 0 && errno == ECONNRESET))
			return -EPIPE;
		if (count > 0)
			return count;
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
	}
}

static int receive_all(int fd, void *bytes, size_t size, int64_t *patience)
{
	while (size > 0) {
		ssize_t count = receive_some(fd, bytes, size, patience);

		if (count < 0)
			return count;
		bytes = (char *)bytes + count;
		size -= count;
	}
	return 0;
}

/* Reads the rest of the message in steps that grow with what has arrived. */
static int receive_rest(int fd, size_t size, int64_t *patience, struct parcel *ret)
{
	int result = 0;

	while (result == 0 && ret->size < size) {
		size_t step = size - ret->size;

		if (step > STEP && step > ret->size)
			step = ret->size > STEP ? ret->size : STEP;
		if (!reserve(ret, ret->size + step))
			return -ENOMEM;
		result = receive_all(fd, ret->bytes + ret->size, step, patience);
		ret->size += step;
	}
	return result;
}

int parcel_receive(int fd, size_t size_max, int64_t *patience, struct parcel *ret)
{
	struct head head;
	ssize_t count;
	int result = 0;

	if (!reserve(ret, SHORT))
		return -ENOMEM;
	count = receive_some(fd, begin(ret), sizeof(head) + SHORT, patience);
	if (count >= 0 && (size_t)count < sizeof(head)) {
		result = receive_all(fd, begin(ret) + count, sizeof(head) - count, patience);
		count = sizeof(head);
	}
	if (count < 0 || result < 0)
		return count < 0 ? count : result;
	memcpy(&head, begin(ret), sizeof(head));
	if (head.size > size_max)
		return -EMSGSIZE;
	ret->kind = head.kind;
	ret->size = count - sizeof(head);
	ret->at = 0;
	ret->is_bad = false;
	/* Both sides wait for each other, so nothing can follow the message. */
	return ret->size > head.size ? -EPROTO : receive_rest(fd, head.size, patience, ret);
}

/* Room for one descriptor. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int parcel_send_fd(int fd, int sent, uint64_t number)
{
	union control control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
					      .cmsg_level = SOL_SOCKET,
					      .cmsg_type = SCM_RIGHTS } };
	struct iovec part = { &number, sizeof(number) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = sent >= 0 ? &control : NULL,
				  .msg_controllen = sent >= 0 ? sizeof(control) : 0 };

	memcpy(CMSG_DATA(&control.header), &sent, sizeof(sent));
	while (sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* Returns the only descriptor of the message. If there are others all are closed: -EPROTO. */
static int take_only_fd(struct msghdr *message)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fds[CMSG_SPACE(sizeof(int)) / sizeof(int)];
	size_t n_fds;

	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return -EPROTO;
	n_fds = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(header), n_fds * sizeof(int));
	if (n_fds == 1 && !(message->msg_flags & MSG_CTRUNC))
		return fds[0];
	while (n_fds > 0)
		close(fds[--n_fds]);
	return -EPROTO;
}

int parcel_receive_fd(int fd, uint64_t *ret_number)
{
	union control control;
	struct iovec part = { ret_number, sizeof(*ret_number) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t size;
	int received;

	while ((size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
		;
	if (size < 0)
		return -errno;
	received = take_only_fd(&message);
	if (size == sizeof(*ret_number))
		return received;
	closep(&received);
	return -EPIPE;
}

void parcel_done(struct parcel *message)
{
	free(begin(message));
	*message = (struct parcel){};
}
