#define _GNU_SOURCE
#include "ipc/stream.h"

#include "base/cleanup.h"

#include <string.h>
#include <sys/socket.h>

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

/* Keeps the descriptors of a control message; those that are too many are closed. */
static int take_fds(struct stream *stream, const struct cmsghdr *control)
{
	size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof(fd));
		if (stream->in_fds.n_fds < FDS_MAX) {
			stream->in_fds.fds[stream->in_fds.n_fds++] = fd;
		} else {
			close(fd);
			result = -E2BIG;
		}
	}
	return result;
}

static int make_room(struct stream *stream)
{
	size_t size = stream->in_size ? stream->in_size * 2 : READ_SIZE;
	char *longer;

	if (stream->in_size - stream->n_in >= READ_SIZE)
		return 0;
	longer = realloc(stream->in, size);
	if (!longer)
		return -ENOMEM;
	stream->in = longer;
	stream->in_size = size;
	return make_room(stream);
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
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
	     header = CMSG_NXTHDR(&message, header)) {
		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		/* The kernel ends a read with the bytes that descriptors were sent with. */
		stream->in_fds_end = stream->n_in;
		result = take_fds(stream, header);
		if (result < 0)
			return result;
	}
	if (message.msg_flags & MSG_CTRUNC)
		return -E2BIG;
	if (count > 0 && stream->n_in > stream->message_max &&
	    !memchr(stream->in, '\0', stream->message_max))
		return -EMSGSIZE;
	return count > 0;
}

char *stream_next(struct stream *stream, struct fds *ret_fds)
{
	char *end = stream->n_in ? memchr(stream->in + stream->n_searched, '\0',
					  stream->n_in - stream->n_searched)
				 : NULL;
	char *message;
	size_t length;

	if (!end) {
		stream->n_searched = stream->n_in;
		return NULL;
	}
	length = end + 1 - stream->in;
	message = malloc(length);
	if (!message)
		return NULL;
	memcpy(message, stream->in, length);
	stream->n_in -= length;
	memmove(stream->in, end + 1, stream->n_in);
	stream->n_searched = 0;
	*ret_fds = (struct fds){};
	if (stream->in_fds.n_fds > 0 && stream->in_fds_end <= length) {
		*ret_fds = stream->in_fds;
		stream->in_fds = (struct fds){};
	}
	stream->in_fds_end -= stream->in_fds_end > length ? length : stream->in_fds_end;
	if (!stream->n_in) { /* an idle peer needs no buffer */
		free(steal(stream->in));
		stream->in_size = 0;
	}
	return message;
}

int stream_write(struct stream *stream, const char *message, const struct fds *fds)
{
	size_t length = strlen(message) + 1;
	char *longer = realloc(stream->out, stream->n_out + length);

	if (!longer)
		return -ENOMEM;
	memcpy(longer + stream->n_out, message, length);
	stream->out = longer;
	stream->n_out += length;
	if (fds)
		stream->out_fds = *fds;
	return 0;
}

static ssize_t send_some(struct stream *stream)
{
	char control[CMSG_SPACE(sizeof(int) * FDS_MAX)] = {};
	struct iovec part = { .iov_base = stream->out, .iov_len = stream->n_out };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	size_t size = stream->out_fds.n_fds * sizeof(int);

	if (size) {
		struct cmsghdr *header;

		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(size);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(size);
		memcpy(CMSG_DATA(header), stream->out_fds.fds, size);
	}
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
		stream->n_out -= count;
		memmove(stream->out, stream->out + count, stream->n_out);
	}
	free(steal(stream->out));
	return 0;
}
