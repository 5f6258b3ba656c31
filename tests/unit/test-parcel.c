// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Messages between the parser and the daemon: a receiver stays inside them, whatever the sender says of their sizes. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "sandbox/parcel.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define SIZE_LIMIT 1000
#define PATIENCE   200 /* milliseconds */

static int set_up(void **state)
{
	int *ends = malloc(2 * sizeof(*ends));

	assert_non_null(ends);
	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), errno);
	*state = ends;
	return 0;
}

static int tear_down(void **state)
{
	int *ends = *state;

	closep(&ends[0]);
	closep(&ends[1]);
	free(ends);
	return 0;
}

static void send_bytes(int fd, const void *bytes, size_t size)
{
	assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
}

static int receive(int fd, struct parcel *ret)
{
	int64_t patience = PATIENCE;

	return parcel_receive(fd, SIZE_LIMIT, &patience, ret);
}

/* A message that has these bytes, to read from. */
static struct parcel with_bytes(const void *bytes, size_t size)
{
	struct parcel message = {};

	parcel_put(&message, bytes, size);
	return message;
}

static void a_message_arrives_as_it_was_sent(void **state)
{
	cleanup(parcel_done) struct parcel sent = { .kind = 7 }, received = {};
	const int *ends = *state;
	size_t size;

	parcel_put_u32(&sent, 42);
	parcel_put_text(&sent, "words");
	parcel_put_text(&sent, NULL);
	parcel_put_text(&sent, "");
	parcel_put_blob(&sent, "\0\1\2", 3);
	assert_int_equal(parcel_send(ends[0], &sent), 0);
	assert_int_equal(receive(ends[1], &received), 0);
	assert_int_equal(received.kind, 7);
	assert_int_equal(parcel_get_u32(&received), 42);
	assert_string_equal(parcel_get_text(&received), "words");
	assert_null(parcel_get_text(&received));
	assert_string_equal(parcel_get_text(&received), "");
	assert_memory_equal(parcel_get_blob(&received, &size), "\0\1\2", 3);
	assert_int_equal(size, 3);
	assert_true(parcel_is_read(&received));
}

static void a_message_that_ends_too_early_reads_as_zeroes_and_is_bad(void **state)
{
	cleanup(parcel_done) struct parcel message = with_bytes("\1\2\3", 3);
	unsigned char bytes[8] = "........";
	size_t size = 9;

	(void)state;
	parcel_get(&message, bytes, sizeof(bytes));
	assert_memory_equal(bytes, "\0\0\0\0\0\0\0\0", sizeof(bytes));
	assert_true(message.is_bad);
	/* Bytes that would still fit are not read after that. */
	parcel_get(&message, bytes, 1);
	assert_int_equal(bytes[0], 0);
	assert_null(parcel_get_blob(&message, &size));
	assert_int_equal(size, 0);
	assert_null(parcel_get_text(&message));
	assert_false(parcel_is_read(&message));
}

static void an_empty_message_has_nothing_to_read(void **state)
{
	struct parcel empty = {};
	uint64_t number = 1;

	(void)state;
	parcel_get(&empty, &number, 0);
	assert_int_equal(number, 1);
	assert_true(parcel_is_read(&empty));
	assert_int_equal(parcel_get_u32(&empty), 0);
	assert_null(parcel_get_text(&empty));
	assert_false(parcel_is_read(&empty));
}

static void a_blob_that_is_larger_than_its_message_is_missing(void **state)
{
	static const uint32_t sizes[] = {
		5, 1000, INT32_MAX, (uint32_t)INT32_MAX + 1, UINT32_MAX - 3, UINT32_MAX
	};

	(void)state;
	for (size_t i = 0; i < array_size(sizes); i++) {
		cleanup(parcel_done) struct parcel blob = {}, text = {};
		size_t size;

		parcel_put_u32(&blob, sizes[i]);
		parcel_put(&blob, "abc", 4);
		parcel_put(&text, blob.bytes, blob.size);
		assert_null(parcel_get_blob(&blob, &size));
		assert_int_equal(size, 0);
		assert_false(parcel_is_read(&blob));
		assert_null(parcel_get_text(&text));
		assert_false(parcel_is_read(&text));
	}
}

static void a_text_ends_with_its_first_nul_byte(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} wrong[] = { { "abc", 3 }, { "a\0b", 4 }, { "\0\0", 2 }, { "a", 1 } };

	(void)state;
	for (size_t i = 0; i < array_size(wrong); i++) {
		cleanup(parcel_done) struct parcel message = {};

		parcel_put_blob(&message, wrong[i].bytes, wrong[i].size);
		assert_null(parcel_get_text(&message));
		assert_false(parcel_is_read(&message));
	}
}

static void bytes_that_are_left_over_are_noticed(void **state)
{
	cleanup(parcel_done) struct parcel message = with_bytes("\1\0\0\0\2", 5);

	(void)state;
	assert_int_equal(parcel_get_u32(&message), 1);
	assert_false(message.is_bad);
	assert_false(parcel_is_read(&message));
}

static void a_message_that_is_cut_off_is_not_received(void **state)
{
	const uint32_t head[] = { 7, 100 };

	(void)state;
	for (size_t size = 0; size < sizeof(head) + 100; size += 9) {
		cleanup(parcel_done) struct parcel received = {};
		char bytes[sizeof(head) + 100] = {};
		int pair[2];

		memcpy(bytes, head, sizeof(head));
		assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), errno);
		send_bytes(pair[0], bytes, size);
		close(pair[0]);
		assert_int_equal(receive(pair[1], &received), -EPIPE);
		close(pair[1]);
	}
}

static void a_message_that_is_too_large_is_refused_before_memory_is_taken(void **state)
{
	static const uint32_t sizes[] = { SIZE_LIMIT + 1, INT32_MAX, UINT32_MAX };
	const int *ends = *state;

	for (size_t i = 0; i < array_size(sizes); i++) {
		cleanup(parcel_done) struct parcel received = {};
		const uint32_t head[] = { 7, sizes[i] };

		send_bytes(ends[0], head, sizeof(head));
		assert_int_equal(receive(ends[1], &received), -EMSGSIZE);
		assert_in_range(received.room, 0, 1 << 10); /* for short messages */
	}
}

/* A sender that announces much and sends little cannot make the receiver allocate what it announces. */
static void memory_grows_with_what_arrives(void **state)
{
	cleanup(parcel_done) struct parcel received = {};
	const uint32_t head[] = { 7, 1 << 30 };
	int64_t patience = PATIENCE;
	const int *ends = *state;

	send_bytes(ends[0], head, sizeof(head));
	assert_int_equal(parcel_receive(ends[1], SIZE_MAX, &patience, &received), -ETIMEDOUT);
	assert_true(received.room <= 1 << 20);
	assert_true(patience <= 0);
}

static void a_sender_has_so_much_time_for_all_messages_together(void **state)
{
	cleanup(parcel_done) struct parcel received = {};
	int64_t patience = 0;
	const int *ends = *state;

	assert_int_equal(parcel_receive(ends[1], SIZE_LIMIT, &patience, &received), -ETIMEDOUT);
	send_bytes(ends[0], "\7\0\0\0", 4);
	assert_int_equal(parcel_receive(ends[1], SIZE_LIMIT, &patience, &received), -ETIMEDOUT);
}

static void a_message_that_is_bad_is_not_sent(void **state)
{
	const struct parcel bad = { .kind = 7, .is_bad = true };
	const int *ends = *state;
	char byte;

	assert_int_equal(parcel_send(ends[0], &bad), -ENOMEM);
	assert_int_equal(recv(ends[1], &byte, 1, MSG_DONTWAIT), -1);
}

/* Sends a number of `size` bytes with so many descriptors. */
static void send_fds(int fd, size_t size, size_t n_fds)
{
	char control[CMSG_SPACE(8 * sizeof(int))] = {};
	uint64_t number = 42;
	struct iovec part = { &number, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control };
	struct cmsghdr *header = (struct cmsghdr *)control;
	int fds[8];

	for (size_t i = 0; i < n_fds; i++)
		fds[i] = fd;
	if (n_fds > 0) {
		message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(header), fds, n_fds * sizeof(int));
	}
	assert_int_equal(sendmsg(fd, &message, MSG_NOSIGNAL), size);
}

/* The number that the next descriptor would get, which shows if one was leaked. */
static int next_fd(void)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

	close(fd);
	return fd;
}

static void exactly_one_descriptor_is_received_and_no_other_stays_open(void **state)
{
	static const struct {
		size_t size, n_fds;
		int result;
	} cases[] = { { 8, 0, -EPROTO },
		      { 8, 2, -EPROTO },
		      { 8, 8, -EPROTO },
		      { 4, 1, -EPIPE },
		      { 1, 8, -EPIPE } };
	const int *ends = *state;
	int before = next_fd(), fd;
	uint64_t number;

	for (size_t i = 0; i < array_size(cases); i++) {
		send_fds(ends[0], cases[i].size, cases[i].n_fds);
		assert_int_equal(parcel_receive_fd(ends[1], &number), cases[i].result);
		assert_int_equal(next_fd(), before);
	}
	assert_int_equal(parcel_send_fd(ends[0], ends[0], 42), 0);
	fd = parcel_receive_fd(ends[1], &number);
	assert_int_equal(fd, before);
	assert_int_equal(number, 42);
	close(fd);
}

/* The sanitizers report a read outside of the message. */
static void random_messages_are_read_inside_their_bytes(void **state)
{
	(void)state;
	srand(1);
	for (size_t i = 0; i < 20000; i++) {
		cleanup(parcel_done) struct parcel message = {};
		unsigned char bytes[64];
		size_t size = rand() % sizeof(bytes), got;

		for (size_t j = 0; j < size; j++)
			bytes[j] = rand() % 4 ? rand() % 8 : rand();
		parcel_put(&message, bytes, size);
		while (!message.is_bad && message.at < message.size) {
			const char *text = rand() % 2 ? parcel_get_text(&message) : NULL;
			const unsigned char *blob = parcel_get_blob(&message, &got);

			assert_true(!text || strlen(text) < size);
			assert_true(!blob || blob + got <= message.bytes + message.size);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_message_arrives_as_it_was_sent, set_up,
						tear_down),
		cmocka_unit_test(a_message_that_ends_too_early_reads_as_zeroes_and_is_bad),
		cmocka_unit_test(an_empty_message_has_nothing_to_read),
		cmocka_unit_test(a_blob_that_is_larger_than_its_message_is_missing),
		cmocka_unit_test(a_text_ends_with_its_first_nul_byte),
		cmocka_unit_test(bytes_that_are_left_over_are_noticed),
		cmocka_unit_test(a_message_that_is_cut_off_is_not_received),
		cmocka_unit_test_setup_teardown(
			a_message_that_is_too_large_is_refused_before_memory_is_taken, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(memory_grows_with_what_arrives, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_sender_has_so_much_time_for_all_messages_together,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_message_that_is_bad_is_not_sent, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			exactly_one_descriptor_is_received_and_no_other_stays_open, set_up,
			tear_down),
		cmocka_unit_test(random_messages_are_read_inside_their_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
