// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What clients send with descriptors arrives as copies that can be read and closed without waiting. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "daemon/receiver/received.h"
#include "daemon/receiver/receivers.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define CLIENT 4711

struct world {
	sd_event *loop;
	struct spawner spawner;
	struct receivers *receivers;
	int client, connection;
	uint64_t room;
	size_t n_done;
	int result;
	char bytes[64];
	struct fds fds;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	int sockets[2];

	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), errno);
	world->client = sockets[0];
	world->connection = sockets[1];
	world->room = UINT64_MAX;
	assert_return_code(sd_event_new(&world->loop), 0);
	assert_int_equal(spawner_start(&world->spawner, NULL), 0);
	assert_int_equal(receivers_new(world->loop, &world->spawner, &world->receivers, NULL), 0);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	fds_done(&world->fds);
	closep(&world->client);
	closep(&world->connection);
	receivers_drop(&world->receivers);
	spawner_stop(&world->spawner);
	sd_event_unref(world->loop);
	free(world);
	return 0;
}

static int check_size(void *userdata, uint64_t size, struct error *error)
{
	const struct world *world = userdata;

	return size <= world->room ? 0 : error_set(error, ERROR_LIMIT_EXCEEDED, -EDQUOT, "no room");
}

static void done(void *userdata, int result, const void *bytes, struct fds *fds)
{
	struct world *world = userdata;

	world->n_done++;
	world->result = result;
	if (result > 0)
		memcpy(world->bytes, bytes, result);
	fds_done(&world->fds);
	world->fds = *fds;
	fds->n_fds = 0;
}

static const struct receiver_events events = { check_size, done };

static void send_fds(struct world *world, const char *bytes, size_t n_fds, int fd)
{
	char control[CMSG_SPACE(sizeof(int) * 253)] = {};
	struct iovec part = { (void *)bytes, strlen(bytes) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = CMSG_SPACE(sizeof(int) * n_fds) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
	for (size_t i = 0; i < n_fds; i++)
		memcpy(CMSG_DATA(header) + i * sizeof(int), &fd, sizeof(fd));
	assert_int_equal(sendmsg(world->client, &message, MSG_NOSIGNAL), strlen(bytes));
}

static void receive(struct world *world, bool with_fds)
{
	struct receiver *receiver;
	size_t n_done = world->n_done;

	assert_int_equal(receivers_receive(world->receivers, world->connection, CLIENT, with_fds,
					   &events, world, &receiver, NULL),
			 0);
	while (world->n_done == n_done)
		assert_int_equal(sd_event_run(world->loop, 10000000), 1);
}

/* A file of that name, if the file system supports such names. */
static int file_of(const char *name, const char *text)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void a_file_arrives_as_a_copy(void **state)
{
	struct world *world = *state;
	cleanup(blob_done) struct blob blob = {};
	cleanup(freep) char *label = NULL;
	cleanup(closep) int fd = file_of("fw.o", "an object");

	send_fds(world, "request", 1, fd);
	receive(world, true);
	assert_int_equal(world->result, strlen("request"));
	assert_memory_equal(world->bytes, "request", strlen("request"));
	assert_int_equal(world->fds.n_fds, 1);
	assert_return_code(ftruncate(fd, 0), errno);
	assert_int_equal(received_read(world->fds.fds[0], &label, &blob, NULL), 0);
	assert_int_equal(blob.size, strlen("an object"));
	assert_memory_equal(blob.bytes, "an object", blob.size);
	assert_non_null(strstr(label, "fw.o"));
}

static void the_same_receiver_serves_again(void **state)
{
	struct world *world = *state;
	cleanup(closep) int fd = file_of("fw.o", "an object");

	for (int i = 0; i < 20; i++) {
		send_fds(world, "request", 3, fd);
		receive(world, true);
		assert_int_equal(world->result, strlen("request"));
		assert_int_equal(world->fds.n_fds, 3);
	}
	while (receivers_count(world->receivers, CLIENT) > 0)
		assert_int_equal(sd_event_run(world->loop, 10000000), 1);
}

static void without_the_right_only_bytes_arrive(void **state)
{
	struct world *world = *state;
	cleanup(closep) int fd = file_of("fw.o", "an object");

	for (int i = 0; i < 5; i++) {
		send_fds(world, "request", i % 2 ? 1 : 253, fd);
		receive(world, false);
		assert_int_equal(world->result, i % 2 ? (int)strlen("request") : -E2BIG);
		assert_int_equal(world->fds.n_fds, 0);
	}
}

static const char *why_not_read(const struct world *world, size_t number, struct error *error)
{
	cleanup(blob_done) struct blob blob = {};
	cleanup(freep) char *label = NULL;

	assert_true(received_read(world->fds.fds[number], &label, &blob, error) < 0);
	return error->message;
}

static void only_files_can_be_read(void **state)
{
	struct world *world = *state;
	cleanup(error_done) struct error error = {};
	cleanup(closep) int directory = open("/usr", O_RDONLY | O_CLOEXEC);

	send_fds(world, "request", 1, directory);
	receive(world, true);
	assert_int_equal(world->fds.n_fds, 1);
	assert_string_equal(why_not_read(world, 0, &error), "usr is not a regular file");
	assert_int_equal(error.id, ERROR_BAD_OBJECT);
}

static void a_file_that_is_too_large_is_not_copied(void **state)
{
	struct world *world = *state;
	cleanup(error_done) struct error error = {};
	cleanup(closep) int fd = file_of("fw.o", "an object");

	assert_return_code(ftruncate(fd, RECEIVED_SIZE_MAX + 1), errno);
	world->room = 0;
	send_fds(world, "request", 1, fd);
	receive(world, true);
	assert_non_null(strstr(why_not_read(world, 0, &error), "the limit is 16 MiB"));
}

static void files_past_the_limit_cannot_be_read(void **state)
{
	struct world *world = *state;
	cleanup(error_done) struct error error = {};
	cleanup(closep) int fd = file_of("fw.o", "an object");

	world->room = 2 * strlen("an object") - 1;
	send_fds(world, "request", 2, fd);
	receive(world, true);
	assert_int_equal(world->result, strlen("request"));
	assert_int_equal(world->fds.n_fds, 2);
	assert_string_equal(why_not_read(world, 1, &error), "no room");
	assert_int_equal(error.id, ERROR_LIMIT_EXCEEDED);
	world->room++;
	send_fds(world, "request", 2, fd);
	receive(world, true);
	assert_int_equal(world->fds.n_fds, 2);
}

static void only_copies_are_read(void **state)
{
	cleanup(closep) int plain = file_of("fw.o",
					    "something that is longer than what comes behind");
	cleanup(closep) int pipe_end = -1, other_end = -1;
	cleanup(blob_done) struct blob blob = {};
	cleanup(freep) char *label = NULL;
	int ends[2];

	(void)state;
	assert_return_code(ftruncate(plain, 4096), errno);
	assert_int_equal(received_read(plain, &label, &blob, NULL), -EINVAL);
	assert_return_code(pipe(ends), errno);
	pipe_end = ends[0];
	other_end = ends[1];
	assert_true(received_read(pipe_end, &label, &blob, NULL) < 0);
}

static void an_abandoned_receiver_reports_nothing(void **state)
{
	struct world *world = *state;
	cleanup(closep) int fd = file_of("fw.o", "an object");
	struct receiver *receiver;

	for (int turns = 0; turns < 3; turns++) {
		send_fds(world, "request", 1, fd);
		assert_int_equal(receivers_receive(world->receivers, world->connection, CLIENT,
						   true, &events, world, &receiver, NULL),
				 0);
		for (int i = 0; i < turns && !world->n_done; i++)
			sd_event_run(world->loop, 10000000);
		if (!world->n_done)
			receiver_abandon(&receiver);
		while (receivers_count(world->receivers, CLIENT) > 0)
			sd_event_run(world->loop, 10000000);
		assert_int_equal(world->n_done, turns == 2);
	}
}

/* The other end of the pair notices when a descriptor in a queue is closed. */
static void wait_for_hangup(struct world *world, int other_end)
{
	char byte;

	while (recv(other_end, &byte, 1, MSG_DONTWAIT) < 0)
		sd_event_run(world->loop, 10000);
}

static void what_waits_in_a_connection_is_closed_with_it(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < 4; i++) {
		cleanup(closep) int other_end = -1;
		int sockets[2];

		assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets),
				   errno);
		other_end = sockets[1];
		send_fds(world, "request", 1, sockets[0]);
		close(sockets[0]);
		receivers_close(world->receivers, &world->connection, CLIENT, i % 2);
		assert_int_equal(world->connection, -1);
		wait_for_hangup(world, other_end);
		closep(&world->client);
		assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets),
				   errno);
		world->client = sockets[0];
		world->connection = sockets[1];
	}
}

static void a_receiver_that_ended_is_replaced(void **state)
{
	struct world *world = *state;
	cleanup(closep) int fd = file_of("fw.o", "an object");

	receivers_close(world->receivers, &(int){ fcntl(fd, F_DUPFD_CLOEXEC, 3) }, CLIENT, false);
	send_fds(world, "request", 1, fd);
	receive(world, true);
	assert_int_equal(world->fds.n_fds, 1);
}

static void without_the_spawner_the_loop_ends(void **state)
{
	struct world *world = *state;
	int code;

	assert_return_code(kill(world->spawner.pid, SIGKILL), errno);
	while (sd_event_get_state(world->loop) != SD_EVENT_FINISHED)
		sd_event_run(world->loop, 10000000);
	assert_return_code(sd_event_get_exit_code(world->loop, &code), 0);
	assert_int_equal(code, -ECHILD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_arrives_as_a_copy),
		TEST(the_same_receiver_serves_again),
		TEST(without_the_right_only_bytes_arrive),
		TEST(only_files_can_be_read),
		TEST(a_file_that_is_too_large_is_not_copied),
		TEST(files_past_the_limit_cannot_be_read),
		cmocka_unit_test(only_copies_are_read),
		TEST(an_abandoned_receiver_reports_nothing),
		TEST(what_waits_in_a_connection_is_closed_with_it),
		TEST(a_receiver_that_ended_is_replaced),
		TEST(without_the_spawner_the_loop_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
