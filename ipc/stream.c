// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "ipc/stream.h"

#include "base/cleanup.h"

#include <string.h>

#define READ_SIZE 4096

void stream_init(struct stream *stream, int fd, size_t message_max)
{
	*stream = (struct stream){ .fd = fd, .message_max = message_max };
}

void stream_done(struct stream *stream)
{
	closep(&stream->fd);
	fds_done(&stream->in_fds);
	free(steal(stream->in));
	free(steal(stream->out));
}

/*
 * Keeps the descriptors of a control message, and closes those beyond the maximum. The kernel ends a read
 * after the bytes that descriptors were sent with.
 */
static int take_fds(struct stream *stream, const struct cmsghdr *control)
{
	size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	struct fds *fds = &stream->in_fds;
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof(fd));
		if (fds->n_fds < FDS_MAX) {
			stream->in_fds_ends[fds->n_fds] = stream->n_in;
			fds->fds[fds->n_fds++] = fd;
		} else {
			close(fd);
			result = -E2BIG;
		}
	}
	return result;
}

static int take_control(struct stream *stream, struct msghdr *message)
{
	int result = 0;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header))
		if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
			result = take_fds(stream, header) ?: result;
	if (result == 0 && (message->msg_flags & MSG_CTRUNC))
		result = stream->in_fds.n_fds < FDS_MAX ? -EMFILE : -E2BIG;
	return result;
}

/* Makes room for READ_SIZE more bytes. The buffer doubles each time, so it rarely needs to grow. */
static int make_room(struct stream *stream)
{
	size_t size = stream->in_size ?: READ_SIZE;
	char *longer;

	if (stream->in_begin > 0) {
		memmove(stream->in, stream->in + stream->in_begin, stream->n_in);
		stream->in_begin = 0;
	}
	while (size - stream->n_in < READ_SIZE)
		size *= 2;
	if (size == stream->in_size)
		return 0;
	longer = realloc(stream->in, size);
	if (!longer)
		return -ENOMEM;
	stream->in = longer;
	stream->in_size = size;
	return 0;
}

/* Checks the message after a read of `count` bytes. */
static int check_length(const struct stream *stream, ssize_t count)
{
	if (stream->n_in > stream->message_max &&
	    !memchr(stream->in, '\0', stream->message_max + 1))
		return -EMSGSIZE;
	return count > 0;
}

int stream_read(struct stream *stream)
{
	char control[CMSG_SPACE(sizeof(int) * (FDS_MAX + 1))];
	struct iovec part;
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	ssize_t count;
	int result;

	result = make_room(stream);
	if (result < 0)
		return result;
	part.iov_base = stream->in + stream->n_in;
	part.iov_len = stream->in_size - stream->n_in;
	do
		count = recvmsg(stream->fd, &message, MSG_CMSG_CLOEXEC);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	stream->n_in += count;
	result = take_control(stream, &message);
	return result < 0 ? result : check_length(stream, count);
}

/*
 * How many bytes can be read without a descriptor. The kernel ends a peek, like a read, after the bytes that
 * descriptors were sent with, and sets MSG_CTRUNC because there is no room for them here.
 */
static ssize_t peek(int fd, struct iovec *part)
{
	struct msghdr message = { .msg_iov = part, .msg_iovlen = 1 };
	ssize_t count;

	do
		count = recvmsg(fd, &message, MSG_PEEK);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	return message.msg_flags & MSG_CTRUNC ? -EBADMSG : count;
}

int stream_read_bytes(struct stream *stream)
{
	struct iovec part;
	ssize_t count;
	int result = make_room(stream);

	if (result < 0)
		return result;
	part.iov_base = stream->in + stream->n_in;
	part.iov_len = stream->in_size - stream->n_in;
	count = peek(stream->fd, &part);
	if (count <= 0)
		return count;
	do
		count = recv(stream->fd, part.iov_base, count, 0);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	stream->n_in += count;
	return check_length(stream, count);
}

int stream_append(struct stream *stream, const void *bytes, size_t size, struct fds *fds)
{
	struct fds *own = &stream->in_fds;

	if (own->n_fds + fds->n_fds > FDS_MAX)
		return -E2BIG;
	for (size_t done = 0, count; done < size; done += count) {
		int result = make_room(stream);

		if (result < 0)
			return result;
		count = stream->in_size - stream->n_in;
		if (count > size - done)
			count = size - done;
		memcpy(stream->in + stream->n_in, (const char *)bytes + done, count);
		stream->n_in += count;
	}
	for (size_t i = 0; i < fds->n_fds; i++) {
		stream->in_fds_ends[own->n_fds] = stream->n_in;
		own->fds[own->n_fds++] = fds->fds[i];
	}
	fds->n_fds = 0;
	return check_length(stream, size);
}

/* The NUL byte of the next message, or NULL. */
static char *find_end(struct stream *stream)
{
	char *begin, *end;

	if (stream->n_in == stream->n_searched)
		return NULL;
	begin = stream->in + stream->in_begin;
	end = memchr(begin + stream->n_searched, '\0', stream->n_in - stream->n_searched);
	stream->n_searched = end ? (size_t)(end - begin) : stream->n_in;
	return end;
}

bool stream_has_message(struct stream *stream)
{
	return find_end(stream);
}

const char *stream_peek(struct stream *stream)
{
	return find_end(stream) ? stream->in + stream->in_begin : NULL;
}

/* Takes the descriptors that came with the next `length` bytes; the others came with later bytes. */
static void split_fds(struct stream *stream, size_t length, struct fds *ret)
{
	struct fds *fds = &stream->in_fds;
	size_t n_later = 0;

	*ret = (struct fds){};
	for (size_t i = 0; i < fds->n_fds; i++) {
		if (stream->in_fds_ends[i] <= length) {
			ret->fds[ret->n_fds++] = fds->fds[i];
			continue;
		}
		stream->in_fds_ends[n_later] = stream->in_fds_ends[i] - length;
		fds->fds[n_later++] = fds->fds[i];
	}
	fds->n_fds = n_later;
}

char *stream_next(struct stream *stream, struct fds *ret_fds)
{
	const char *end = find_end(stream);
	char *message;
	size_t length;

	if (!end)
		return NULL;
	length = end + 1 - (stream->in + stream->in_begin);
	message = malloc(length);
	if (!message)
		return NULL;
	memcpy(message, stream->in + stream->in_begin, length);
	split_fds(stream, length, ret_fds);
	stream->in_begin += length;
	stream->n_in -= length;
	stream->n_searched = 0;
	if (!stream->n_in) { /* an idle peer needs no buffer */
		free(steal(stream->in));
		stream->in_size = 0;
		stream->in_begin = 0;
	}
	return message;
}

int stream_write(struct stream *stream, const char *message, const struct fds *fds)
{
	size_t length = strlen(message) + 1;
	char *longer;

	if (stream->out_begin > 0) { /* else the buffer grows while anything is left in it */
		memmove(stream->out, stream->out + stream->out_begin, stream->n_out);
		stream->out_begin = 0;
	}
	longer = realloc(stream->out, stream->n_out + length);
	if (!longer)
		return -ENOMEM;
	memcpy(longer + stream->n_out, message, length);
	stream->out = longer;
	stream->n_out += length;
	if (fds)
		stream->out_fds = *fds;
	return 0;
}

void fds_attach(struct msghdr *message, char control[static FDS_CONTROL_SIZE],
		const struct fds *fds)
{
	size_t size = fds->n_fds * sizeof(int);
	struct cmsghdr *header;

	if (!size)
		return;
	memset(control, 0, FDS_CONTROL_SIZE);
	message->msg_control = control;
	message->msg_controllen = CMSG_SPACE(size);
	header = CMSG_FIRSTHDR(message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), fds->fds, size);
}

static ssize_t send_some(struct stream *stream)
{
	char control[FDS_CONTROL_SIZE];
	struct iovec part = { .iov_base = stream->out + stream->out_begin,
			      .iov_len = stream->n_out };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	fds_attach(&message, control, &stream->out_fds);
	return sendmsg(stream->fd, &message, MSG_NOSIGNAL);
}

int stream_flush(struct stream *stream)
{
	while (stream->n_out > 0) {
		ssize_t count = send_some(stream);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		stream->out_fds.n_fds = 0;
		stream->out_begin += count;
		stream->n_out -= count;
	}
	free(steal(stream->out));
	stream->out_begin = 0;
	return 0;
}
