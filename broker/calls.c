// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "broker/broker.h"

#include "base/cleanup.h"
#include "broker/internal.h"
#include "sandbox/calls.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <string.h>

static int add(struct broker *broker, const struct brokered *item)
{
	struct brokered *longer;

	if (broker->n_items == PARSER_HANDLES_MAX)
		return -EMFILE;
	longer = reallocarray(broker->items, broker->n_items + 1, sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	broker->items = longer;
	longer[broker->n_items++] = *item;
	return broker->n_items;
}

int broker_add_fd(struct broker *broker, int fd, struct brokered *item)
{
	int result;

	if (fd < 0)
		return -errno;
	item->fd = fd;
	result = add(broker, item);
	if (result < 0)
		close(fd);
	return result;
}

int broker_offer_map(struct broker *broker, int fd)
{
	struct brokered item = { .kind = BROKERED_MAP };
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	if (bpf_map_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	item.type = info.type;
	item.key_size = info.key_size;
	item.value_size = info.value_size;
	return broker_add_fd(broker, fcntl(fd, F_DUPFD_CLOEXEC, 3), &item);
}

struct brokered *broker_find(const struct broker *broker, uint32_t handle, enum brokered_kind kind)
{
	struct brokered *item;

	if (!handle || handle > broker->n_items)
		return NULL;
	item = &broker->items[handle - 1];
	return item->kind == kind ? item : NULL;
}

int broker_find_fd(const struct broker *broker, uint32_t handle, enum brokered_kind kind)
{
	const struct brokered *item = broker_find(broker, handle, kind);

	return item ? item->fd : handle ? -1 : 0;
}

void broker_put_log(struct parcel *reply, const char *log)
{
	size_t length = log ? strlen(log) : 0;
	size_t sent = length < PARSER_LOG_MAX ? length : PARSER_LOG_MAX;

	parcel_put_blob(reply, log ? log + length - sent : NULL, sent);
}

char *broker_get_log(struct broker *broker, unsigned int level)
{
	if (broker->log_size != verifier_log_size(level)) {
		free(broker->log);
		broker->log_size = verifier_log_size(level);
		broker->log = malloc(broker->log_size);
	}
	if (broker->log)
		broker->log[0] = '\0';
	return broker->log;
}

typedef int (*call_handler)(struct broker *broker, struct parcel *call, struct parcel *reply);

static const call_handler handlers[CALL_END - CALL_FIRST] = {
	[CALL_BTF_LOAD - CALL_FIRST] = broker_load_btf,
	[CALL_MAP_CREATE - CALL_FIRST] = broker_create_map,
	[CALL_MAP_UPDATE - CALL_FIRST] = broker_update_map,
	[CALL_MAP_FREEZE - CALL_FIRST] = broker_freeze_map,
	[CALL_MAP_INFO - CALL_FIRST] = broker_tell_map,
	[CALL_PROG_LOAD - CALL_FIRST] = broker_load_program,
	[CALL_PROG_BIND - CALL_FIRST] = broker_bind_map,
	[CALL_BTF_NEXT - CALL_FIRST] = broker_next_btf,
	[CALL_BTF_OPEN - CALL_FIRST] = broker_open_btf,
	[CALL_BTF_INFO - CALL_FIRST] = broker_tell_btf,
	[CALL_MODULES - CALL_FIRST] = broker_list_modules,
};

bool broker_is_call(const struct parcel *message)
{
	return message->kind >= CALL_FIRST && message->kind < CALL_END;
}

/* A reply is the result, followed by the output of the call. */
static int reply(int socket, int result, const struct parcel *said)
{
	cleanup(parcel_done) struct parcel message = { .kind = REPLY };

	parcel_put_u32(&message, result);
	parcel_put(&message, said->bytes, said->size);
	message.is_bad |= said->is_bad;
	return parcel_send(socket, &message);
}

static int answer_file(struct broker *broker, int socket, struct parcel *call)
{
	cleanup(closep) int fd = broker_open_file(broker, call);

	return fd == -EPROTO ? fd : parcel_send_fd(socket, fd, fd < 0 ? fd : 0);
}

int broker_answer(struct broker *broker, int socket, struct parcel *call)
{
	cleanup(parcel_done) struct parcel said = {};
	int result;

	if (++broker->n_calls > PARSER_CALLS_MAX)
		return -EPROTO;
	if (call->kind == CALL_KERNEL_FILE)
		return answer_file(broker, socket, call);
	result = handlers[call->kind - CALL_FIRST](broker, call, &said);
	return result == -EPROTO ? result : reply(socket, result, &said);
}

int broker_receive(struct broker *broker, struct conversation *conversation, size_t size_max,
		   struct parcel *ret, struct error *error)
{
	for (;;) {
		int result = conversation_receive(conversation, size_max, ret, error);

		if (result < 0)
			return result;
		if (ret->kind == ANSWER_MESSAGE_ERROR)
			return conversation_error(conversation, ret, error);
		if (!broker_is_call(ret))
			return 0;
		result = broker_answer(broker, conversation->fd, ret);
		if (result < 0)
			return conversation_fail(conversation, result, error);
	}
}

void broker_done(struct broker *broker)
{
	for (size_t i = 0; i < broker->n_items; i++)
		closep(&broker->items[i].fd);
	free(broker->items);
	free(broker->log);
	error_done(&broker->refusal);
	*broker = (struct broker){};
}
