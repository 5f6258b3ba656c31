// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What a parser that an object has taken over sends to the process that uses it: calls of the kernel, descriptions
 * of objects, and what inspect shows. The first byte says which.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "broker/broker.h"
#include "cli/inspect/text.h"
#include "daemon/kernel/component/opened.h"
#include "ipc/inspect-interface.h"
#include "ipc/validate.h"
#include "tests/fuzz/fake-kernel.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FLAGS		 BPF_F_XDP_HAS_FRAGS
#define MESSAGE_SIZE_MAX ((size_t)64 << 20)

struct ends {
	int ours, parsers;
};

struct message {
	uint8_t kind;
	uint8_t size[2];
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (!freopen("/dev/null", "w", stdout))
		abort();
	return 0;
}

static void send_bytes(int fd, const void *bytes, size_t size)
{
	if (size > 0 && send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)size)
		abort();
}

/* Replies are short: the fake kernel has little to say. */
static void drain(int fd)
{
	char bytes[4096];

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

/* The next message of the input, whose head is shorter than that of a parcel. */
static size_t send_message(int fd, const uint8_t *bytes, size_t size)
{
	struct message message;
	uint32_t head[2];

	memcpy(&message, bytes, sizeof(message));
	size -= sizeof(message);
	head[0] = message.kind;
	head[1] = message.size[0] + (message.size[1] << 8);
	if (head[1] > size)
		head[1] = size;
	send_bytes(fd, head, sizeof(head));
	send_bytes(fd, bytes + sizeof(message), head[1]);
	return sizeof(message) + head[1];
}

static void call(const struct ends *ends, const uint8_t *bytes, size_t size)
{
	cleanup(broker_done) struct broker broker = { .attach_type = BPF_XDP,
						      .other_flags = FLAGS,
						      .file = "/dev/null" };
	int result = 0;

	fake_kernel_begin(FLAGS);
	while (result == 0 && size > sizeof(struct message)) {
		cleanup(parcel_done) struct parcel message = {};
		size_t used = send_message(ends->parsers, bytes, size);
		int64_t patience = 0;

		bytes += used;
		size -= used;
		result = parcel_receive(ends->ours, MESSAGE_SIZE_MAX, &patience, &message);
		if (result == 0 && broker_is_call(&message))
			result = broker_answer(&broker, ends->ours, &message);
		drain(ends->parsers);
	}
}

/* Bytes that need not be a message. */
static void receive_raw(const struct ends *ends, const uint8_t *bytes, size_t size)
{
	cleanup(parcel_done) struct parcel message = {};
	struct conversation conversation = { .fd = -1, .label = "fw.o" };
	cleanup(error_done) struct error error = {};
	int64_t patience = 0;

	send_bytes(ends->parsers, bytes, size);
	shutdown(ends->parsers, SHUT_WR);
	if (parcel_receive(ends->ours, MESSAGE_SIZE_MAX, &patience, &message) == 0)
		conversation_error(&conversation, &message, &error);
}

static struct parcel whole(uint32_t kind, const uint8_t *bytes, size_t size)
{
	struct parcel message = { .kind = kind };

	parcel_put(&message, bytes, size);
	return message;
}

static void describe(const struct ends *ends, const uint8_t *bytes, size_t size)
{
	cleanup(parcel_done) struct parcel message = whole(ANSWER_MESSAGE_OPENED, bytes, size);
	cleanup(parcel_done) struct parcel rest = {};
	struct opened opened = { .conversation.fd = -1 };

	(void)ends;
	opened_read_description(&opened, &message);
	if (!message.is_bad && message.at < message.size) {
		rest = whole(ANSWER_MESSAGE_LOADED, message.bytes + message.at,
			     message.size - message.at);
		opened_read_loaded(&opened, &rest);
	}
	opened_close(&opened);
}

static void show(const struct ends *ends, const uint8_t *bytes, size_t size)
{
	cleanup(error_done) struct error error = {};
	cleanup(json_decrefp) json_t *inspected = json_loadb((const char *)bytes, size,
							     JSON_REJECT_DUPLICATES, NULL);

	(void)ends;
	if (reply_validate(inspect_method.out, inspected, "the answer", &error) == 0)
		inspect_show(inspected);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static void (*const ways[])(const struct ends *ends, const uint8_t *bytes,
				    size_t size) = { call, receive_raw, describe, show };
	int fds[2];

	if (!size || bytes[0] >= array_size(ways))
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		abort();
	ways[bytes[0]](&(struct ends){ fds[0], fds[1] }, bytes + 1, size - 1);
	close(fds[0]);
	close(fds[1]);
	return 0;
}
