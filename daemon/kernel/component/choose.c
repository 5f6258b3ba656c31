// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/component/choose.h"

#include "base/cleanup.h"
#include "daemon/kernel/component/opened.h"
#include "sandbox/calls.h"
#include "sandbox/conversation.h"

#include <string.h>

#define MESSAGE_SIZE_MAX (256 << 10)

/* Starts a conversation with the request, and waits for its only answer. */
static int ask(const struct object *object, const struct parcel *request, uint32_t answer_kind,
	       struct conversation *conversation, struct parcel *answer, struct error *error)
{
	int result;

	opened_warm_up();
	result = conversation_begin(object->label, object->blob.size, conversation, error)
			 ?: conversation_send(conversation, request, error)
			 ?: conversation_receive(conversation, MESSAGE_SIZE_MAX, answer, error);
	if (result < 0)
		return result;
	if (answer->kind == ANSWER_MESSAGE_ERROR)
		return conversation_error(conversation, answer, error);
	return answer->kind == answer_kind ? 0 : conversation_refuse(conversation, error);
}

static bool read_choice(struct parcel *answer, struct program_choice *ret,
			struct program_facts *ret_facts)
{
	struct choice_head head;
	const char *name;

	parcel_get(answer, &head, sizeof(head));
	name = parcel_get_text(answer);
	if (!parcel_is_read(answer) || !name || !*name || strlen(name) >= sizeof(ret->name) ||
	    head.priority > PRIORITY_MAX || head.proceed & ~VERDICTS_ALL)
		return false;
	*ret = (struct program_choice){ .frags = head.frags,
					.extension = head.extension,
					.priority = head.priority,
					.proceed = head.proceed };
	strcpy(ret->name, name);
	if (ret_facts)
		*ret_facts = (struct program_facts){ head.has_function, head.n_arguments };
	return true;
}

int program_choose(const struct object *object, const char *name, bool is_single,
		   struct program_choice *ret, struct program_facts *facts, struct error *error)
{
	cleanup(conversation_end) struct conversation conversation = { .fd = -1 };
	cleanup(parcel_done) struct parcel request = { .kind = REQUEST_CHOOSE };
	cleanup(parcel_done) struct parcel answer = {};
	const struct choose_request head = { is_single };
	int result;

	parcel_put(&request, &head, sizeof(head));
	parcel_put_text(&request, name);
	parcel_put_text(&request, object->label);
	parcel_put_blob(&request, object->blob.bytes, object->blob.size);
	result = ask(object, &request, ANSWER_MESSAGE_CHOICE, &conversation, &answer, error);
	if (result == 0 && !read_choice(&answer, ret, facts))
		result = conversation_refuse(&conversation, error);
	if (result == 0)
		conversation_park(&conversation, object->sha256);
	return result;
}

int object_check(const struct object *object, struct error *error)
{
	cleanup(conversation_end) struct conversation conversation = { .fd = -1 };
	cleanup(parcel_done) struct parcel request = { .kind = REQUEST_CHECK };
	cleanup(parcel_done) struct parcel answer = {};

	parcel_put_text(&request, object->label);
	parcel_put_blob(&request, object->blob.bytes, object->blob.size);
	return ask(object, &request, ANSWER_MESSAGE_CHECKED, &conversation, &answer, error);
}

int object_check_slot(const struct object *object, const char *program,
		      const struct signature *slot, struct error *error)
{
	cleanup(conversation_end) struct conversation conversation = { .fd = -1 };
	cleanup(parcel_done) struct parcel request = { .kind = REQUEST_COMPARE };
	cleanup(parcel_done) struct parcel answer = {};
	__u32 size;
	const void *types = btf__raw_data(slot->btf, &size);

	if (!types)
		return error_memory(error);
	parcel_put_blob(&request, types, size);
	parcel_put_u32(&request, slot->function_id);
	parcel_put_text(&request, program);
	parcel_put_text(&request, object->label);
	parcel_put_blob(&request, object->blob.bytes, object->blob.size);
	return ask(object, &request, ANSWER_MESSAGE_CHECKED, &conversation, &answer, error);
}

void program_choose_end(void)
{
	conversation_end_parked();
}
