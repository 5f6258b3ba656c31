// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "parser/zygote.h"

#include "base/cleanup.h"
#include "object/libbpf-log.h"
#include "object/object.h"
#include "parser/answer.h"
#include "parser/bpf.h"
#include "parser/calls.h"
#include "parser/choose.h"
#include "parser/inspect-answer.h"
#include "parser/load.h"
#include "sandbox/calls.h"
#include "sandbox/lockdown.h"
#include "sandbox/parser.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/socket.h>
#include <sys/wait.h>

static int before_load(struct bpf_program *program, struct bpf_prog_load_opts *options, long cookie)
{
	(void)options;
	(void)cookie;
	calls_mark_chosen(bpf_program__log_level(program) != 0);
	return 0;
}

/* The requests that end the conversation. */
static const struct {
	uint32_t kind;
	int (*make)(struct parcel *request, struct parcel *answer, struct error *error);
} last_requests[] = {
	{ REQUEST_CHECK, check_answer },
	{ REQUEST_COMPARE, compare_answer },
	{ REQUEST_INSPECT, inspect_answer },
};

static void answer_last(int socket, struct parcel *request)
{
	cleanup(error_done) struct error error = {};
	cleanup(parcel_done) struct parcel answer = {};

	for (size_t i = 0; i < array_size(last_requests); i++)
		if (last_requests[i].kind == request->kind) {
			int result = last_requests[i].make(request, &answer, &error);

			answer_send(socket, &answer, result, &error);
		}
}

static int choose(int socket, struct parcel *request, struct chosen *ret)
{
	cleanup(error_done) struct error error = {};
	cleanup(parcel_done) struct parcel answer = {};
	int result = choose_answer(request, &answer, ret, &error);

	return answer_send(socket, &answer, result, &error);
}

/* A client that chose a program may load it next, so the process waits for another request. */
static void choose_and_load(int socket, struct parcel *request)
{
	cleanup(parcel_done) struct parcel next = {};
	struct chosen chosen = {};

	if (choose(socket, request, &chosen) == 0 &&
	    parcel_receive(socket, SIZE_MAX, NULL, &next) == 0 && next.kind == REQUEST_OPEN)
		load_converse(socket, &next, &chosen);
}

/* 0: the object was loaded. */
static int converse(int socket)
{
	cleanup(parcel_done) struct parcel request = {};

	calls_begin(socket);
	if (parcel_receive(socket, SIZE_MAX, NULL, &request) < 0)
		return -EPIPE;
	if (request.kind == REQUEST_OPEN)
		return load_converse(socket, &request, NULL);
	if (request.kind == REQUEST_CHOOSE)
		choose_and_load(socket, &request);
	else
		answer_last(socket, &request);
	return -ENODATA;
}

static int limit(size_t size)
{
	const struct lockdown limits = {
		.memory = parser_memory_max(size),
		.cpu_seconds = PARSER_CPU_SECONDS_MAX,
		.n_fds = PARSER_DESCRIPTORS_MAX,
	};

	return lockdown_child(&limits, NULL);
}

/* The process for an object must not have the socket between the zygote and its user. */
static _Noreturn void be_child(int socket, size_t size)
{
	close(PARSER_CONTROL);
	if (limit(size) == 0)
		converse(socket);
	_exit(EXIT_SUCCESS);
}

static int let_child_converse(int socket, size_t size)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		be_child(socket, size);
	close(socket);
	if (pid > 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	return status;
}

static int take_turn(int socket, uint64_t size)
{
	if (size != PARSER_ZYGOTE)
		return let_child_converse(socket,
					  size < PARSER_OBJECT_MAX ? size : PARSER_OBJECT_MAX);
	if (converse(socket) == 0)
		bpf_can_load();
	close(socket);
	return 0;
}

/*
 * libbpf sets this limit itself, and warns if it may not; the process that uses the parser has set its own.
 */
static void set_up_libbpf(void)
{
	libbpf_log_init();
	libbpf_set_memlock_rlim(0);
	libbpf_num_possible_cpus();
	object_init(before_load, NULL);
}

void zygote_run(void)
{
	uint64_t size;
	int socket;

	set_up_libbpf();
	if (lockdown_zygote(NULL) < 0)
		return;
	while ((socket = parcel_receive_fd(PARSER_CONTROL, &size)) >= 0) {
		int status = take_turn(socket, size);

		if (send(PARSER_CONTROL, &status, sizeof(status), MSG_NOSIGNAL) < 0)
			return;
	}
}
