// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What a client could send: bytes in pieces with descriptors, which form messages; each message is decoded as
 * a call. An input is a sequence of pieces, each after a byte with its size and its number of descriptors.
 */
#define _GNU_SOURCE
#include "ipc/stream.h"
#include "base/cleanup.h"
#include "ipc/codec.h"
#include "ipc/interface.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json-mutator.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MESSAGE_MAX (1 << 16)
#define PIECE_STEP  64
#define PIECE_SIZES 63 /* the lower six bits of the byte: the piece has so many steps plus one */
/* The upper two bits; the highest value means more descriptors than allowed. */
#define DESCRIPTORS    3
#define TOO_MANY       (FDS_MAX + 6)
#define NESTED_MAX     4
#define LIST_ITEMS_MAX 3

static int null_fd;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return null_fd < 0 ? -1 : 0;
}

static json_t *make_object(const struct field *fields, uint32_t *random, int depth);

static json_t *make_item(const struct field *field, uint32_t *random, int depth)
{
	static const char *const names[] = { "eth0", "fw", "a/b", "lo", "pin:/x", "limit=1", "" };
	size_t count = 0;

	switch (field->kind) {
	case FIELD_NUMBER:
	case FIELD_SECONDS:
		return json_integer(random_below(random, 2) ? random_next(random) % 100
							    : (json_int_t)field->maximum + 1);
	case FIELD_BOOLEAN:
		return json_boolean(random_below(random, 2));
	case FIELD_FD:
	case FIELD_FDS:
		return json_integer(random_below(random, 4));
	case FIELD_VERDICTS:
		return json_string(random_below(random, 2) ? "pass" : "redirect");
	case FIELD_CHOICE:
		while (field->type->names[count])
			count++;
		return json_string(field->type->names[random_below(random, count)]);
	case FIELD_OBJECT:
	case FIELD_OBJECTS:
		return make_object(field->type->fields, random, depth + 1);
	default:
		return json_string(names[random_below(random, array_size(names))]);
	}
}

static json_t *make_value(const struct field *field, uint32_t *random, int depth)
{
	bool is_list = field->kind == FIELD_NAMES || field->kind == FIELD_VERDICTS ||
		       field->kind == FIELD_FDS || field->kind == FIELD_OBJECTS;
	json_t *list;

	if (!is_list)
		return make_item(field, random, depth);
	list = json_array();
	for (uint32_t n = random_below(random, LIST_ITEMS_MAX + 1); n > 0; n--)
		json_array_append_new(list, make_item(field, random, depth));
	return list;
}

/* An object with the fields of the table; optional fields only sometimes. */
static json_t *make_object(const struct field *fields, uint32_t *random, int depth)
{
	json_t *object = json_object();

	for (const struct field *field = fields; field->name && depth < NESTED_MAX; field++)
		if (!field->optional || !random_below(random, 4))
			json_object_set_new(object, field->name, make_value(field, random, depth));
	return object;
}

static char *make_call(uint32_t *random)
{
	const struct method *method = &methods[random_below(random, METHOD_COUNT)];
	cleanup(json_decrefp) json_t *call =
		json_pack("{s:o, s:o}", "method", json_sprintf("io.xdpd.%s", method->name),
			  "parameters", make_object(method->in, random, 0));

	if (call && random_below(random, 2))
		json_mutate(call, random);
	return call ? json_dumps(call, JSON_COMPACT) : NULL;
}

/* Adds the call after the others, in pieces with descriptors. */
static size_t add_call(uint8_t *bytes, size_t size, size_t size_max, uint32_t *random)
{
	cleanup(freep) char *text = make_call(random);
	size_t length = text ? strlen(text) + 1 : 0;

	for (size_t done = 0; done < length;) {
		size_t steps = random_below(random, PIECE_SIZES), piece = (steps + 1) * PIECE_STEP;

		piece = piece < length - done ? piece : length - done;
		if (1 + (steps + 1) * PIECE_STEP > size_max - size)
			return size;
		bytes[size++] = steps | random_below(random, DESCRIPTORS) << 6;
		memset(bytes + size, ' ', (steps + 1) * PIECE_STEP);
		memcpy(bytes + size, text + done, piece);
		size += (steps + 1) * PIECE_STEP;
		done += piece;
	}
	return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t size_max, unsigned int seed)
{
	uint32_t random = seed * 2654435761u | 1;

	switch (random_below(&random, 4)) {
	case 0:
		return LLVMFuzzerMutate(bytes, size, size_max);
	case 1:
		return add_call(bytes, size, size_max, &random) ?: size;
	default:
		return add_call(bytes, 0, size_max, &random) ?: size;
	}
}

static bool send_piece(int fd, const uint8_t *bytes, size_t size, size_t n_fds)
{
	char control[CMSG_SPACE(TOO_MANY * sizeof(int))] = {};
	struct iovec part = { (void *)bytes, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	int fds[TOO_MANY];

	if (n_fds) {
		struct cmsghdr *header;

		for (size_t i = 0; i < n_fds; i++)
			fds[i] = null_fd;
		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(header), fds, n_fds * sizeof(int));
	}
	return sendmsg(fd, &message, 0) == (ssize_t)size;
}

/* What can be decoded can be encoded, and decoded again. */
static void decode(const struct method *method, const json_t *parameters, struct fds *fds)
{
	cleanup(error_done) struct error error = {};
	cleanup(json_decrefp) json_t *encoded = NULL;
	cleanup(freep) void *request = calloc(1, method->request_size);
	struct fds none = {};

	request_init(method, request);
	if (request_decode(method, parameters, fds, request, &error) == 0) {
		if (request_encode(method, request, &encoded, &none, &error) < 0)
			abort();
	} else if (!error.message) {
		abort();
	}
	request_done(method, request);
}

static void take(const char *message, struct fds *fds)
{
	cleanup(json_decrefp) json_t *call = json_loads(message, JSON_REJECT_DUPLICATES, NULL);
	const char *name = json_string_value(json_object_get(call, "method"));
	const json_t *parameters = json_object_get(call, "parameters");
	const struct method *method = NULL;

	if (name && strrchr(name, '.'))
		method = method_find(strrchr(name, '.') + 1);
	if (method && (!parameters || json_is_object(parameters)))
		decode(method, parameters, fds);
}

static void take_all(struct stream *stream)
{
	while (stream_has_message(stream)) {
		cleanup(fds_done) struct fds fds = {};
		cleanup(freep) char *message = stream_next(stream, &fds);

		if (!message)
			abort();
		take(message, &fds);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const uint8_t *end = bytes + size;
	struct stream stream;
	int ends[2], result = 1;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
		abort();
	stream_init(&stream, ends[0], MESSAGE_MAX);
	while (end - bytes > 1 && result > 0) {
		size_t left = end - bytes - 1, n_fds = *bytes >> 6;
		size_t piece = ((*bytes & PIECE_SIZES) + 1) * PIECE_STEP;

		piece = piece < left ? piece : left;
		if (!send_piece(ends[1], bytes + 1, piece, n_fds < DESCRIPTORS ? n_fds : TOO_MANY))
			break;
		bytes += 1 + piece;
		while ((result = stream_read(&stream)) > 0)
			take_all(&stream);
		result = result == -EAGAIN ? 1 : result;
	}
	stream_done(&stream);
	close(ends[1]);
	return 0;
}
