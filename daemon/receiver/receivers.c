// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/receiver/receivers.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "daemon/receiver/message.h"
#include "daemon/receiver/received.h"

#include <assert.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>

/* After so many reads a receiver takes care of the rest. */
#define DRAIN_MAX 64

/* Receivers that close connections at the same time. Each may hang forever. */
#define CLOSING_MAX 256

struct receiver {
	LIST_ENTRY(receiver) entry;
	struct receivers *receivers;
	int fd;
	sd_event_source *source;
	enum state {
		IDLE,
		READING,
		COPYING,
		CLEANING, /* the daemon has the result, and the receiver closes its descriptors */
		LEAVING,  /* the receiver ends to close descriptors; then the request is done */
		ENDING,	  /* no longer needed; it may hang */
		STATE_COUNT
	} state;
	bool drops_fds;
	bool is_closing; /* it closes a connection */
	uid_t uid;	 /* of the client, unless the receiver is idle */
	const struct receiver_events *events;
	void *userdata;
	struct receiver_answer answer;
};

/* A connection that waits for a free receiver to close it. */
struct unclosed {
	STAILQ_ENTRY(unclosed) next;
	int fd;
	uid_t uid;
};

struct receivers {
	sd_event *loop;		       /* not owned */
	const struct spawner *spawner; /* not owned */
	sd_event_source *spawner_end;
	LIST_HEAD(, receiver) all;
	size_t n_closing;
	STAILQ_HEAD(, unclosed) unclosed;
};

static void receiver_drop(struct receiver *receiver)
{
	LIST_REMOVE(receiver, entry);
	receiver->receivers->n_closing -= receiver->is_closing;
	sd_event_source_disable_unref(receiver->source);
	closep(&receiver->fd);
	free(receiver);
}

/* From here on the receiver does not belong to the caller of receivers_receive(). */
static void finish(struct receiver *receiver, enum state state, int result, struct fds *fds)
{
	const struct receiver_events *events = receiver->events;
	struct fds none = {};

	receiver->state = state;
	receiver->events = NULL;
	if (events)
		events->done(receiver->userdata, result, receiver->answer.bytes, fds ?: &none);
}

/* The receiver ends as soon as it reads this. */
static void tell_to_end(struct receiver *receiver)
{
	receiver->state = ENDING;
	message_send(receiver->fd, &(char){ RECEIVER_END }, 1, NULL);
}

/* Makes copies with the error, in place of the files. */
static void refuse(struct receiver *receiver, const struct error *why)
{
	cleanup(fds_done) struct fds fds = {};
	int result = receiver->answer.result;

	tell_to_end(receiver);
	for (size_t i = 0; result > 0 && i < receiver->answer.n_files; i++) {
		int fd = received_refuse(why);

		if (fd < 0)
			result = fd;
		else
			fds.fds[fds.n_fds++] = fd;
	}
	finish(receiver, ENDING, result, &fds);
}

static void decide(struct receiver *receiver)
{
	const struct receiver_events *events = receiver->events;
	cleanup(error_done) struct error why = {};

	if (events->check_size(receiver->userdata, receiver->answer.files_size, &why) < 0) {
		refuse(receiver, &why);
		return;
	}
	receiver->state = COPYING;
	message_send(receiver->fd, &(char){ RECEIVER_GRANT }, 1, NULL);
}

/*
 * Each function handles one message. False: the receiver has ended, or has sent an unexpected message.
 */

static bool take_answer(struct receiver *receiver)
{
	struct receiver_answer *answer = &receiver->answer;
	int size = message_receive(receiver->fd, answer, sizeof(*answer), NULL);

	if (size < (int)offsetof(struct receiver_answer, bytes))
		return size == -EAGAIN;
	if (receiver->drops_fds || answer->result <= 0)
		receiver->state = LEAVING;
	else if (answer->n_files)
		decide(receiver);
	else
		finish(receiver, CLEANING, answer->result, NULL);
	return true;
}

static bool take_files(struct receiver *receiver)
{
	cleanup(fds_done) struct fds fds = {};
	struct receiver_files files;
	int size = message_receive(receiver->fd, &files, sizeof(files), &fds);

	if (size != sizeof(files))
		return size == -EAGAIN;
	finish(receiver, CLEANING, files.result < 0 ? files.result : receiver->answer.result, &fds);
	return true;
}

static bool is_spare(const struct receiver *receiver)
{
	const struct receiver *other;

	LIST_FOREACH(other, &receiver->receivers->all, entry)
	{
		if (other != receiver && other->state == IDLE)
			return false;
	}
	return true;
}

static bool take_readiness(struct receiver *receiver)
{
	char byte;
	int size = message_receive(receiver->fd, &byte, sizeof(byte), NULL);

	if (size != sizeof(byte))
		return size == -EAGAIN;
	receiver->state = IDLE;
	return is_spare(receiver);
}

static bool take_nothing(struct receiver *receiver)
{
	char byte;

	return message_receive(receiver->fd, &byte, sizeof(byte), NULL) == -EAGAIN;
}

static bool take_the_rest(struct receiver *receiver)
{
	cleanup(fds_done) struct fds fds = {};
	char byte;
	int size = message_receive(receiver->fd, &byte, sizeof(byte), &fds);

	return size > 0 || size == -EAGAIN;
}

static bool (*const take[])(struct receiver *receiver) = {
	[IDLE] = take_nothing,	     [READING] = take_answer,  [COPYING] = take_files,
	[CLEANING] = take_readiness, [LEAVING] = take_nothing, [ENDING] = take_the_rest,
};
static_assert(array_size(take) == STATE_COUNT, "every state takes something");

static void close_unclosed(struct receivers *receivers);

static int handle(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct receiver *receiver = userdata;
	struct receivers *receivers = receiver->receivers;

	(void)source;
	(void)fd;
	(void)events;
	if (take[receiver->state](receiver))
		return 0;
	finish(receiver, ENDING,
	       receiver->state == LEAVING ? receiver->answer.result : -ECONNABORTED, NULL);
	receiver_drop(receiver);
	close_unclosed(receivers);
	return 0;
}

/* Takes ownership of the receiver's end of the socket pair. */
static int start_process(struct receivers *receivers, int socket)
{
	struct fds fds = { 1, { socket } };
	int result = message_send(receivers->spawner->fd, "", 1, &fds);

	close(socket);
	return result;
}

static int receiver_new(struct receivers *receivers, struct receiver **ret, struct error *error)
{
	struct receiver *receiver = calloc(1, sizeof(*receiver));
	int sockets[2], result;

	if (!receiver)
		return error_memory(error);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0) {
		free(receiver);
		return error_set(error, ERROR_INTERNAL, -errno,
				 "cannot create a pair of sockets: %s", errno_name(errno));
	}
	receiver->receivers = receivers;
	receiver->fd = sockets[0];
	LIST_INSERT_HEAD(&receivers->all, receiver, entry);
	result = start_process(receivers, sockets[1]);
	if (result == 0 && fcntl(receiver->fd, F_SETFL, O_NONBLOCK) < 0)
		result = -errno;
	if (result == 0)
		result = sd_event_add_io(receivers->loop, &receiver->source, receiver->fd, EPOLLIN,
					 handle, receiver);
	if (result < 0) {
		receiver_drop(receiver);
		return error_set(error, ERROR_INTERNAL, result, "cannot start a receiver: %s",
				 errno_name(result));
	}
	*ret = receiver;
	return 0;
}

static int get_idle(struct receivers *receivers, struct receiver **ret, struct error *error)
{
	struct receiver *receiver;

	LIST_FOREACH(receiver, &receivers->all, entry)
	{
		if (receiver->state == IDLE) {
			*ret = receiver;
			return 0;
		}
	}
	return receiver_new(receivers, ret, error);
}

/* Sends the order. If the receiver has died, uses another one. */
static int order(struct receivers *receivers, enum receiver_task task, int connection, uid_t uid,
		 struct receiver **ret, struct error *error)
{
	const struct receiver_order order = { task };
	struct fds fds = { 1, { connection } };
	struct receiver *receiver;
	int result;

	do {
		result = get_idle(receivers, &receiver, error);
		if (result < 0)
			return result;
		receiver->state = READING;
		receiver->uid = uid;
		result = message_send(receiver->fd, &order, sizeof(order), &fds);
	} while (result == -EPIPE || result == -ECONNRESET);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result,
				 "cannot hand a connection to a receiver: %s", errno_name(result));
	*ret = receiver;
	return 0;
}

int receivers_receive(struct receivers *receivers, int connection, uid_t uid, bool with_fds,
		      const struct receiver_events *events, void *userdata, struct receiver **ret,
		      struct error *error)
{
	int result = order(receivers, with_fds ? RECEIVE_ALL : RECEIVE_BYTES, connection, uid, ret,
			   error);

	if (result < 0)
		return result;
	(*ret)->drops_fds = !with_fds;
	(*ret)->events = events;
	(*ret)->userdata = userdata;
	return 0;
}

void receiver_abandon(struct receiver **p)
{
	struct receiver *receiver = steal(*p);

	if (!receiver)
		return;
	receiver->events = NULL;
	tell_to_end(receiver);
}

/*
 * Reads and drops the data up to the first descriptor, which the daemon must not receive. False: there is a
 * descriptor, or too much data.
 */
static bool drain(int connection)
{
	char bytes[4096];

	for (int i = 0; i < DRAIN_MAX; i++) {
		struct iovec part = { bytes, sizeof(bytes) };
		struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
		ssize_t count = recvmsg(connection, &message, MSG_PEEK | MSG_DONTWAIT);

		if (count > 0 && message.msg_flags & MSG_CTRUNC)
			return false;
		if (count <= 0)
			return true;
		if (recv(connection, bytes, count, MSG_DONTWAIT) != count)
			return false;
	}
	return false;
}

/*
 * The receiver keeps the connection until RECEIVER_END, so the daemon never closes the last descriptor of
 * it. False: no receiver is free at the moment.
 */
static bool close_elsewhere(struct receivers *receivers, int *connection, uid_t uid)
{
	struct receiver *receiver;

	if (receivers->n_closing >= CLOSING_MAX ||
	    order(receivers, RECEIVE_NOTHING, *connection, uid, &receiver, NULL) < 0)
		return false;
	receiver->is_closing = true;
	receivers->n_closing++;
	closep(connection);
	tell_to_end(receiver);
	return true;
}

static void close_later(struct receivers *receivers, int *connection, uid_t uid)
{
	struct unclosed *unclosed = calloc(1, sizeof(*unclosed));

	if (!unclosed) {
		closep(connection);
		return;
	}
	unclosed->fd = steal_fd(connection);
	unclosed->uid = uid;
	STAILQ_INSERT_TAIL(&receivers->unclosed, unclosed, next);
}

static void close_unclosed(struct receivers *receivers)
{
	struct unclosed *unclosed;

	while ((unclosed = STAILQ_FIRST(&receivers->unclosed)) &&
	       close_elsewhere(receivers, &unclosed->fd, unclosed->uid)) {
		STAILQ_REMOVE_HEAD(&receivers->unclosed, next);
		free(unclosed);
	}
}

void receivers_close(struct receivers *receivers, int *connection, uid_t uid, bool is_clean)
{
	if (*connection < 0)
		return;
	shutdown(*connection, SHUT_RDWR); /* from here on no data can be added */
	if (is_clean && drain(*connection))
		closep(connection);
	else if (!close_elsewhere(receivers, connection, uid))
		close_later(receivers, connection, uid);
}

bool receivers_are_busy(const struct receivers *receivers)
{
	const struct receiver *receiver;

	LIST_FOREACH(receiver, &receivers->all, entry)
	{
		if (receiver->events)
			return true;
	}
	return false;
}

size_t receivers_count(const struct receivers *receivers, uid_t uid)
{
	const struct receiver *receiver;
	size_t count = 0;

	LIST_FOREACH(receiver, &receivers->all, entry)
	{
		count += !receiver->events && receiver->state != IDLE && receiver->uid == uid;
	}
	return count;
}

static int spawner_ended(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)fd;
	(void)events;
	(void)userdata;
	log_error("the process that starts receivers ended");
	return sd_event_exit(sd_event_source_get_event(source), -ECHILD);
}

int receivers_new(sd_event *loop, const struct spawner *spawner, struct receivers **ret,
		  struct error *error)
{
	cleanup(receivers_drop) struct receivers *receivers = calloc(1, sizeof(*receivers));
	struct receiver *spare;
	int result;

	if (!receivers)
		return error_memory(error);
	receivers->loop = loop;
	receivers->spawner = spawner;
	LIST_INIT(&receivers->all);
	STAILQ_INIT(&receivers->unclosed);
	result = sd_event_add_io(loop, &receivers->spawner_end, spawner->fd, EPOLLIN, spawner_ended,
				 receivers);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot watch receivers: %s",
				 errno_name(result));
	result = receiver_new(receivers, &spare, error);
	if (result == 0)
		*ret = steal(receivers);
	return result;
}

/* Their descriptors are closed when the process ends. */
static void drop_unclosed(struct receivers *receivers)
{
	while (!STAILQ_EMPTY(&receivers->unclosed)) {
		struct unclosed *unclosed = STAILQ_FIRST(&receivers->unclosed);

		STAILQ_REMOVE_HEAD(&receivers->unclosed, next);
		free(unclosed);
	}
}

void receivers_drop(struct receivers **p)
{
	struct receivers *receivers = steal(*p);

	if (!receivers)
		return;
	while (!LIST_EMPTY(&receivers->all))
		receiver_drop(LIST_FIRST(&receivers->all));
	drop_unclosed(receivers);
	sd_event_source_disable_unref(receivers->spawner_end);
	free(receivers);
}
