// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Messages arrive whole and in order, however they are split, each with its own descriptors. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "ipc/stream.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define LIMIT 100000

struct pair {
	struct stream stream;
	int other;
};

static void pair_init(struct pair *pair)
{
	int fds[2];

	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			   errno);
	stream_init(&pair->stream, fds[0], LIMIT);
	pair->other = fds[1];
}

static void pair_done(struct pair *pair)
{
	stream_done(&pair->stream);
	closep(&pair->other);
}

static void send_bytes(const struct pair *pair, const char *bytes, size_t length)
{
	assert_int_equal(send(pair->other, bytes, length, MSG_NOSIGNAL), length);
}

static void send_fds(const struct pair *pair, const char *bytes, size_t length, const int *fds,
		     size_t n_fds)
{
	char control[CMSG_SPACE(sizeof(int) * (FDS_MAX + 24))] = {};
	struct iovec part = { (void *)bytes, length };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = CMSG_SPACE(sizeof(int) * n_fds) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
	memcpy(CMSG_DATA(header), fds, sizeof(int) * n_fds);
	assert_int_equal(sendmsg(pair->other, &message, MSG_NOSIGNAL), length);
}

/* The next message is this one, and has so many descriptors. */
static void next_is(struct pair *pair, const char *expected, size_t n_fds)
{
	cleanup(fds_done) struct fds fds = {};
	cleanup(freep) char *message = stream_next(&pair->stream, &fds);

	assert_non_null(message);
	assert_string_equal(message, expected);
	assert_int_equal(fds.n_fds, n_fds);
}

static void nothing_is_next(struct pair *pair)
{
	struct fds fds = {};

	assert_false(stream_has_message(&pair->stream));
	assert_null(stream_next(&pair->stream, &fds));
}

static void a_message_may_come_byte_by_byte(void **state)
{
	cleanup(pair_done) struct pair pair;
	static const char message[] = "{\"method\":\"a.b\"}";

	(void)state;
	pair_init(&pair);
	for (size_t i = 0; i < sizeof(message); i++) {
		nothing_is_next(&pair);
		send_bytes(&pair, message + i, 1);
		assert_int_equal(stream_read(&pair.stream), 1);
	}
	next_is(&pair, message, 0);
	nothing_is_next(&pair);
	assert_int_equal(stream_read(&pair.stream), -EAGAIN);
}

static void many_messages_may_come_at_once(void **state)
{
	cleanup(pair_done) struct pair pair;

	(void)state;
	pair_init(&pair);
	send_bytes(&pair, "one\0two\0\0thr", 12);
	assert_int_equal(stream_read(&pair.stream), 1);
	next_is(&pair, "one", 0);
	next_is(&pair, "two", 0);
	next_is(&pair, "", 0);
	nothing_is_next(&pair);
	send_bytes(&pair, "ee", 3);
	assert_int_equal(stream_read(&pair.stream), 1);
	next_is(&pair, "three", 0);
}

/* Reads until the socket is empty. */
static void read_all(struct pair *pair)
{
	int result;

	do
		result = stream_read(&pair->stream);
	while (result > 0);
	assert_int_equal(result, -EAGAIN);
}

static void descriptors_stay_with_their_message(void **state)
{
	cleanup(pair_done) struct pair pair;
	cleanup(closep) int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int three[] = { null, null, null };

	(void)state;
	pair_init(&pair);
	send_bytes(&pair, "none", 5);
	send_fds(&pair, "three", 6, three, 3);
	send_bytes(&pair, "none again", 11);
	send_fds(&pair, "one", 4, &null, 1);
	read_all(&pair);
	next_is(&pair, "none", 0);
	next_is(&pair, "three", 3);
	next_is(&pair, "none again", 0);
	next_is(&pair, "one", 1);
}

static void descriptors_come_with_the_first_part_of_a_long_message(void **state)
{
	cleanup(pair_done) struct pair pair;
	cleanup(closep) int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char message[LIMIT] = "";

	(void)state;
	pair_init(&pair);
	memset(message, 'x', sizeof(message) - 1);
	send_fds(&pair, message, sizeof(message), &null, 1);
	send_fds(&pair, "next", 5, (int[]){ null, null }, 2);
	read_all(&pair);
	next_is(&pair, message, 1);
	next_is(&pair, "next", 2);
}

static void descriptors_are_closed_on_exec_and_the_same_file(void **state)
{
	cleanup(pair_done) struct pair pair;
	cleanup(closep) int null = open("/dev/null", O_RDONLY);
	cleanup(fds_done) struct fds fds = {};
	cleanup(freep) char *message = NULL;
	struct stat sent, received;

	(void)state;
	pair_init(&pair);
	send_fds(&pair, "one", 4, &null, 1);
	read_all(&pair);
	message = stream_next(&pair.stream, &fds);
	assert_int_equal(fds.n_fds, 1);
	assert_int_equal(fcntl(fds.fds[0], F_GETFD), FD_CLOEXEC);
	assert_return_code(fstat(null, &sent) | fstat(fds.fds[0], &received), errno);
	assert_int_equal(sent.st_rdev, received.st_rdev);
}

static size_t count_open_fds(void)
{
	size_t count = 0;

	for (int fd = 0; fd < 200; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void too_many_descriptors_are_closed(void **state)
{
	cleanup(closep) int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	size_t before = count_open_fds();
	int many[FDS_MAX + 24];

	(void)state;
	for (size_t i = 0; i < array_size(many); i++)
		many[i] = null;
	for (size_t n_fds = FDS_MAX; n_fds <= array_size(many); n_fds++) {
		struct pair pair;

		pair_init(&pair);
		send_fds(&pair, "many", 5, many, n_fds);
		assert_int_equal(stream_read(&pair.stream), n_fds == FDS_MAX ? 1 : -E2BIG);
		pair_done(&pair);
		assert_int_equal(count_open_fds(), before);
	}
}

static void descriptors_that_trickle_in_are_limited_too(void **state)
{
	cleanup(pair_done) struct pair pair;
	cleanup(closep) int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	pair_init(&pair);
	for (size_t i = 0; i < FDS_MAX; i++) {
		send_fds(&pair, "x", 1, &null, 1);
		assert_int_equal(stream_read(&pair.stream), 1);
	}
	send_fds(&pair, "x", 1, &null, 1);
	assert_int_equal(stream_read(&pair.stream), -E2BIG);
}

static int read_until_it_ends(struct pair *pair)
{
	int result;

	do
		result = stream_read(&pair->stream);
	while (result > 0 && !stream_has_message(&pair->stream));
	return result;
}

static void the_longest_message_is_taken_and_no_longer_one(void **state)
{
	char message[LIMIT + 2] = "";

	(void)state;
	memset(message, 'x', LIMIT + 1);
	for (size_t length = LIMIT - 1; length <= LIMIT + 1; length++) {
		struct pair pair;

		pair_init(&pair);
		send_bytes(&pair, message + LIMIT + 1 - length, length + 1);
		if (length <= LIMIT) {
			assert_int_equal(read_until_it_ends(&pair), 1);
			next_is(&pair, message + LIMIT + 1 - length, 0);
		} else {
			assert_int_equal(read_until_it_ends(&pair), -EMSGSIZE);
		}
		pair_done(&pair);
	}
}

static void a_message_without_an_end_is_limited(void **state)
{
	cleanup(pair_done) struct pair pair;
	static char junk[4096];
	int result = 1;

	(void)state;
	pair_init(&pair);
	memset(junk, 'x', sizeof(junk));
	for (size_t sent = 0; result == 1; sent += sizeof(junk)) {
		assert_true(sent <= LIMIT + sizeof(junk));
		send_bytes(&pair, junk, sizeof(junk));
		result = stream_read(&pair.stream);
	}
	assert_int_equal(result, -EMSGSIZE);
}

static void the_end_of_the_connection_is_reported(void **state)
{
	cleanup(pair_done) struct pair pair;

	(void)state;
	pair_init(&pair);
	send_bytes(&pair, "last\0half", 9);
	closep(&pair.other);
	assert_int_equal(stream_read(&pair.stream), 1);
	next_is(&pair, "last", 0);
	assert_int_equal(stream_read(&pair.stream), 0);
	nothing_is_next(&pair);
}

static void writing_never_waits(void **state)
{
	cleanup(pair_done) struct pair pair;
	cleanup(freep) char *message = malloc(4 << 20);
	cleanup(freep) char *received = malloc(4 << 20);
	size_t n_received = 0;

	(void)state;
	pair_init(&pair);
	memset(message, 'm', 4 << 20);
	message[(4 << 20) - 1] = '\0';
	assert_int_equal(stream_write(&pair.stream, message, NULL), 0);
	while (stream_flush(&pair.stream) == -EAGAIN) {
		ssize_t count = recv(pair.other, received + n_received, (4 << 20) - n_received, 0);

		assert_true(count > 0);
		n_received += count;
	}
	assert_int_equal(pair.stream.n_out, 0);
	while (n_received < 4 << 20) {
		ssize_t count = recv(pair.other, received + n_received, (4 << 20) - n_received, 0);

		assert_true(count > 0);
		n_received += count;
	}
	assert_string_equal(received, message);
}

static void both_ends_understand_each_other(void **state)
{
	cleanup(pair_done) struct pair pair;
	struct stream reader;
	cleanup(closep) int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct fds sent = { 1, { null } };
	cleanup(fds_done) struct fds received = {};
	cleanup(freep) char *message = NULL;

	(void)state;
	pair_init(&pair);
	stream_init(&reader, steal_fd(&pair.other), SIZE_MAX - 1);
	assert_int_equal(stream_write(&pair.stream, "hello", &sent), 0);
	assert_int_equal(stream_flush(&pair.stream), 0);
	assert_int_equal(stream_read(&reader), 1);
	message = stream_next(&reader, &received);
	assert_string_equal(message, "hello");
	assert_int_equal(received.n_fds, 1);
	stream_done(&reader);
	assert_int_equal(stream_write(&pair.stream, "anybody?", NULL), 0);
	assert_int_equal(stream_flush(&pair.stream), -EPIPE);
}

static void descriptors_can_be_left_where_they_are(void **state)
{
	cleanup(pair_done) struct pair pair;
	const int fd = STDERR_FILENO;
	char byte;

	(void)state;
	pair_init(&pair);
	send_bytes(&pair, "first", 6);
	send_fds(&pair, "second", 7, &fd, 1);
	assert_int_equal(stream_read_bytes(&pair.stream), -EBADMSG);
	assert_int_equal(stream_read_bytes(&pair.stream), -EBADMSG);
	nothing_is_next(&pair);
	assert_int_equal(recv(pair.stream.fd, &byte, 1, 0), 1);
	assert_int_equal(byte, 'f');
	assert_int_equal(stream_read(&pair.stream), 1);
	next_is(&pair, "irst", 0);
	next_is(&pair, "second", 1);
	send_bytes(&pair, "third", 6);
	assert_int_equal(stream_read_bytes(&pair.stream), 1);
	next_is(&pair, "third", 0);
	assert_int_equal(stream_read_bytes(&pair.stream), -EAGAIN);
	closep(&pair.other);
	assert_int_equal(stream_read_bytes(&pair.stream), 0);
}

/* Without SO_OOBINLINE a read skips the urgent byte, and continues after it. */
static void urgent_bytes_hide_no_descriptors(void **state)
{
	cleanup(pair_done) struct pair pair;
	const int fd = STDERR_FILENO;

	(void)state;
	pair_init(&pair);
	assert_return_code(
		setsockopt(pair.stream.fd, SOL_SOCKET, SO_OOBINLINE, &(int){ 1 }, sizeof(int)),
		errno);
	if (send(pair.other, "x", 1, MSG_OOB) < 0)
		skip(); /* kernels before 5.15 have no urgent bytes on such sockets */
	send_fds(&pair, "message", 8, &fd, 1);
	for (int result = 1; result > 0;)
		result = stream_read_bytes(&pair.stream);
	assert_false(stream_has_message(&pair.stream));
	assert_int_equal(stream_read(&pair.stream), 1);
	assert_int_equal(pair.stream.in_fds.n_fds, 1);
}

static void data_read_by_another_process_can_be_appended(void **state)
{
	cleanup(pair_done) struct pair pair;
	cleanup(freep) char *large = calloc(1, LIMIT + 1);
	struct fds fds = { 2, { dup(STDERR_FILENO), dup(STDERR_FILENO) } };
	struct fds none = {};

	(void)state;
	pair_init(&pair);
	assert_int_equal(stream_append(&pair.stream, "one\0tw", 6, &none), 1);
	next_is(&pair, "one", 0);
	assert_int_equal(stream_append(&pair.stream, "o", 2, &fds), 1);
	assert_int_equal(fds.n_fds, 0);
	next_is(&pair, "two", 2);
	memset(large, 'x', LIMIT + 1);
	assert_int_equal(stream_append(&pair.stream, large, LIMIT, &none), 1);
	assert_int_equal(stream_append(&pair.stream, large, 1, &none), -EMSGSIZE);
}

static void appended_data_has_a_limit_of_descriptors(void **state)
{
	cleanup(pair_done) struct pair pair;
	struct fds fds = { .n_fds = FDS_MAX };

	(void)state;
	pair_init(&pair);
	for (size_t i = 0; i < FDS_MAX; i++)
		fds.fds[i] = dup(STDERR_FILENO);
	assert_int_equal(stream_append(&pair.stream, "x", 1, &fds), 1);
	fds = (struct fds){ 1, { dup(STDERR_FILENO) } };
	assert_int_equal(stream_append(&pair.stream, "x", 1, &fds), -E2BIG);
	assert_int_equal(fds.n_fds, 1);
	fds_done(&fds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_may_come_byte_by_byte),
		cmocka_unit_test(many_messages_may_come_at_once),
		cmocka_unit_test(descriptors_stay_with_their_message),
		cmocka_unit_test(descriptors_come_with_the_first_part_of_a_long_message),
		cmocka_unit_test(descriptors_are_closed_on_exec_and_the_same_file),
		cmocka_unit_test(too_many_descriptors_are_closed),
		cmocka_unit_test(descriptors_that_trickle_in_are_limited_too),
		cmocka_unit_test(the_longest_message_is_taken_and_no_longer_one),
		cmocka_unit_test(a_message_without_an_end_is_limited),
		cmocka_unit_test(the_end_of_the_connection_is_reported),
		cmocka_unit_test(writing_never_waits),
		cmocka_unit_test(both_ends_understand_each_other),
		cmocka_unit_test(descriptors_can_be_left_where_they_are),
		cmocka_unit_test(urgent_bytes_hide_no_descriptors),
		cmocka_unit_test(data_read_by_another_process_can_be_appended),
		cmocka_unit_test(appended_data_has_a_limit_of_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
