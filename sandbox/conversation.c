// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The process has one zygote, because libbpf's settings are global, too. It is started when the first object
 * is opened, and again after it has ended, so it is kept here and not by a caller.
 */
#define _GNU_SOURCE
#include "sandbox/conversation.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "sandbox/calls.h"
#include "sandbox/helper-path.h"
#include "sandbox/parser.h"
#include "sandbox/process.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* Milliseconds in which a process must end after its conversation. */
#define ENDING_MAX 2000

static struct zygote {
	pthread_mutex_t lock; /* held throughout a conversation */
	bool is_running;
	bool is_new; /* it has had no conversation yet */
	struct process process;
	int control;
	struct conversation parked; /* its `fd` is -1: there is none */
	char parked_key[SHA256_TEXT_SIZE];
} zygote = { .lock = PTHREAD_MUTEX_INITIALIZER, .control = -1, .parked.fd = -1 };

static void stop(void)
{
	struct ending ending;

	closep(&zygote.control);
	if (zygote.is_running)
		process_finish(&zygote.process, NULL, 0, 0, &ending);
	zygote.is_running = false;
}

static int start(const char *label, struct error *error)
{
	char *const arguments[] = { PARSER_PROGRAM, PARSER_FORMAT, NULL };
	char program[PATH_MAX];
	int ends[2] = { -1, -1 };
	int result;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set(error, ERROR_INTERNAL, -errno, "cannot read %s: %s", label,
				 errno_name(errno));
	helper_find(PARSER_PROGRAM, program);
	result = process_start(program, arguments, 1, &ends[1], &zygote.process);
	closep(&ends[1]);
	if (result < 0) {
		closep(&ends[0]);
		return error_set(error, ERROR_INTERNAL, result,
				 "cannot read %s: cannot start the parser '%s': %s", label, program,
				 errno_name(result));
	}
	zygote.control = ends[0];
	zygote.is_running = zygote.is_new = true;
	return 0;
}

/* How the process ended, as the zygote reports it; -1: it does not. */
static int wait_for_ending(void)
{
	struct pollfd waiting = { .fd = zygote.control, .events = POLLIN };
	int status;

	if (zygote.is_running && poll(&waiting, 1, ENDING_MAX) > 0 &&
	    recv(zygote.control, &status, sizeof(status), MSG_DONTWAIT) == sizeof(status))
		return status;
	stop(); /* its process ends with it */
	return -1;
}

/* The caller holds the lock. */
static void end_parked(void)
{
	if (zygote.parked.fd < 0)
		return;
	closep(&zygote.parked.fd);
	wait_for_ending();
}

/* Passes the socket to the zygote. If the zygote was killed, this fails, and a new one is started. */
static int pass(int fd, uint64_t size)
{
	int result = zygote.is_running ? parcel_send_fd(zygote.control, fd, size) : -EPIPE;

	if (result < 0)
		stop();
	else
		zygote.is_new = false;
	return result;
}

static int begin(uint64_t size, struct conversation *ret, struct error *error)
{
	int ends[2] = { -1, -1 };
	int result;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set(error, ERROR_INTERNAL, -errno, "cannot read %s: %s", ret->label,
				 errno_name(errno));
	result = pass(ends[1], size);
	if (result < 0)
		result = start(ret->label, error) ?: pass(ends[1], size);
	closep(&ends[1]);
	ret->fd = result < 0 ? -1 : ends[0];
	if (result == 0)
		return 0;
	closep(&ends[0]);
	return error_set(error, ERROR_INTERNAL, result,
			 "cannot read %s: the parser does not run: %s", ret->label,
			 errno_name(result));
}

int conversation_begin(const char *label, size_t size, struct conversation *ret,
		       struct error *error)
{
	int result;

	*ret = (struct conversation){
		.fd = -1, .label = label, .size = size, .patience = PARSER_SECONDS_MAX * 1000
	};
	pthread_mutex_lock(&zygote.lock);
	end_parked();
	result = begin(size, ret, error);
	if (result < 0)
		pthread_mutex_unlock(&zygote.lock);
	return result;
}

bool conversation_begin_first(struct conversation *ret)
{
	*ret = (struct conversation){ .fd = -1,
				      .label = "the first object",
				      .patience = PARSER_SECONDS_MAX * 1000 };
	pthread_mutex_lock(&zygote.lock);
	if (!zygote.is_running)
		start(ret->label, NULL);
	if (zygote.is_running && zygote.is_new && begin(PARSER_ZYGOTE, ret, NULL) == 0)
		return true;
	pthread_mutex_unlock(&zygote.lock);
	return false;
}

static int finish(struct conversation *conversation)
{
	int status;

	if (conversation->fd < 0)
		return 0;
	closep(&conversation->fd);
	status = wait_for_ending();
	pthread_mutex_unlock(&zygote.lock);
	return status;
}

void conversation_end(struct conversation *conversation)
{
	finish(conversation);
}

void conversation_park(struct conversation *conversation, const char *key)
{
	if (conversation->fd < 0)
		return;
	zygote.parked = *conversation;
	snprintf(zygote.parked_key, sizeof(zygote.parked_key), "%s", key);
	conversation->fd = -1;
	pthread_mutex_unlock(&zygote.lock);
}

bool conversation_resume(const char *key, const char *label, struct conversation *ret)
{
	pthread_mutex_lock(&zygote.lock);
	if (zygote.parked.fd >= 0 && *key && !strcmp(zygote.parked_key, key)) {
		*ret = zygote.parked;
		ret->label = label;
		zygote.parked.fd = -1;
		return true;
	}
	pthread_mutex_unlock(&zygote.lock);
	return false;
}

void conversation_end_parked(void)
{
	pthread_mutex_lock(&zygote.lock);
	end_parked();
	pthread_mutex_unlock(&zygote.lock);
}

static int cannot_read(const struct conversation *conversation, enum error_id id, int number,
		       const char *why, struct error *error)
{
	return error_set(error, id, number, "cannot read %s: %s", conversation->label, why);
}

/* Why there is no answer, as a part of a sentence. */
static void describe_status(int status, char *ret, size_t size)
{
	int signal = status != -1 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (signal == SIGXCPU)
		snprintf(ret, size,
			 "the parser did not finish within %d seconds; the file is malformed or "
			 "too complex",
			 PARSER_CPU_SECONDS_MAX);
	else if (signal == SIGKILL)
		snprintf(ret, size, "the parser was killed before it answered");
	else if (signal)
		snprintf(ret, size, "the parser was ended by SIG%s; the file is malformed",
			 sigabbrev_np(signal) ?: "nal");
	else if (status != -1 && WEXITSTATUS(status) == PARSER_STATUS_FORMAT)
		snprintf(ret, size, "the installed parser is of another version; restart xdpd");
	else
		snprintf(ret, size, "the parser ended without an answer (status %d)",
			 status == -1 ? -1 : WEXITSTATUS(status));
}

int conversation_fail(struct conversation *conversation, int failure, struct error *error)
{
	char why[200];
	int status;

	if (failure == -ETIMEDOUT) {
		stop();
		finish(conversation);
		snprintf(why, sizeof(why),
			 "the parser did not finish within %d seconds; the file is malformed or "
			 "too complex",
			 PARSER_SECONDS_MAX);
		return cannot_read(conversation, ERROR_BAD_OBJECT, failure, why, error);
	}
	if (failure == -EMSGSIZE || failure == -EPROTO)
		return conversation_refuse(conversation, error);
	if (failure != -EPIPE) {
		finish(conversation);
		return cannot_read(conversation, ERROR_KERNEL_REFUSED, failure, errno_name(failure),
				   error);
	}
	status = finish(conversation);
	describe_status(status, why, sizeof(why));
	return cannot_read(conversation, ERROR_BAD_OBJECT, -EINVAL, why, error);
}

int conversation_send(struct conversation *conversation, const struct parcel *message,
		      struct error *error)
{
	int result = parcel_send(conversation->fd, message);

	if (result == -ENOMEM)
		return error_memory(error);
	return result < 0 ? conversation_fail(conversation, result == -ECONNRESET ? -EPIPE : result,
					      error)
			  : 0;
}

int conversation_receive(struct conversation *conversation, size_t size_max, struct parcel *ret,
			 struct error *error)
{
	int result = parcel_receive(conversation->fd, size_max, &conversation->patience, ret);

	return result < 0 ? conversation_fail(conversation, result, error) : 0;
}

int conversation_refuse(struct conversation *conversation, struct error *error)
{
	finish(conversation);
	return cannot_read(conversation, ERROR_INTERNAL, -EPROTO,
			   "the answer of the parser is invalid", error);
}

int conversation_error(struct conversation *conversation, struct parcel *message,
		       struct error *error)
{
	uint32_t id = parcel_get_u32(message);
	int number = (int)parcel_get_u32(message);
	const char *sentence = parcel_get_text(message);
	const char *detail = parcel_get_text(message);
	char why[100];

	if (id == ERROR_OUT_OF_MEMORY) {
		snprintf(why, sizeof(why),
			 "it takes more than %zu MiB of memory; the file is malformed",
			 parser_memory_max(conversation->size) >> 20);
		return cannot_read(conversation, ERROR_BAD_OBJECT, -EFBIG, why, error);
	}
	if (!parcel_is_read(message) || id == ERROR_NONE || id >= ERROR_COUNT || number >= 0 ||
	    number < -4095 || !sentence || !*sentence)
		return conversation_refuse(conversation, error);
	/* Control characters are replaced when it is printed (base/printable.h). */
	error_set(error, id, number, "%s", sentence);
	error_detail(error, detail);
	return number;
}
