// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/component/opened.h"

#include "base/cleanup.h"
#include "daemon/kernel/component/spec.h"
#include "object/object.h"
#include "sandbox/calls.h"

#include "warm-up.skel.h"
#include <string.h>

/*
 * Of one message of the parser; the largest message has all instructions and source lines of a program.
 */
#define MESSAGE_SIZE_MAX ((size_t)64 << 20)

static int receive(struct opened *opened, struct parcel *ret, struct error *error)
{
	return broker_receive(&opened->broker.calls, &opened->conversation, MESSAGE_SIZE_MAX, ret,
			      error);
}

/* `has_object`: the parser has read the object before. */
static int request_open(struct opened *opened, const struct object *object, bool has_object,
			const struct component_spec *spec, bool frags, bool needs_kfuncs,
			struct error *error)
{
	cleanup(parcel_done) struct parcel request = { .kind = REQUEST_OPEN };
	const struct open_request head = { needs_kfuncs, spec->values.n_items, frags };

	parcel_put(&request, &head, sizeof(head));
	parcel_put_text(&request, object->label);
	parcel_put_text(&request, spec->program);
	for (size_t i = 0; i < spec->values.n_items; i++)
		parcel_put_text(&request, spec->values.items[i]);
	parcel_put_blob(&request, object->blob.bytes, has_object ? 0 : object->blob.size);
	return conversation_send(&opened->conversation, &request, error);
}

static int refuse(struct opened *opened, int failure, struct error *error)
{
	return failure == -ENOMEM ? error_memory(error)
				  : conversation_refuse(&opened->conversation, error);
}

int opened_open(const struct object *object, const struct component_spec *spec, bool frags,
		bool needs_kfuncs, struct opened *ret, struct error *error)
{
	cleanup(parcel_done) struct parcel answer = {};
	struct conversation *conversation = &ret->conversation;
	bool has_object;
	int result = 0;

	*ret = (struct opened){
		.conversation.fd = -1,
		.broker.calls = { .load_chosen = load_chosen, .is_restricted = spec->restricted },
	};
	opened_warm_up();
	has_object = conversation_resume(object->sha256, object->label, conversation);
	if (!has_object)
		result = conversation_begin(object->label, object->blob.size, conversation, error);
	if (result == 0)
		result = request_open(ret, object, has_object, spec, frags, needs_kfuncs, error)
				 ?: receive(ret, &answer, error);
	if (result < 0)
		return result;
	result = opened_read_description(ret, &answer);
	return result < 0 ? refuse(ret, result, error) : 0;
}

struct opened_map *opened_find_map(const struct opened *opened, const char *name)
{
	for (size_t i = 0; i < opened->n_maps; i++)
		if (!strcmp(opened->maps[i].name, name))
			return &opened->maps[i];
	return NULL;
}

int opened_use_map(struct opened *opened, struct opened_map *map, int fd)
{
	int handle = broker_offer_map(&opened->broker.calls, fd);

	if (handle < 0)
		return handle;
	map->handle = handle;
	map->is_given = true;
	return 0;
}

static int request_load(struct opened *opened, bool may_fail, struct error *error)
{
	cleanup(parcel_done) struct parcel request = { .kind = REQUEST_LOAD };
	const struct broker *broker = &opened->broker.calls;
	const struct load_request head = {
		.attach_type = broker->attach_type,
		.flags = broker->flags,
		.bound_to = broker->bound_to,
		.is_trial = broker->is_trial,
		.may_fail = may_fail,
	};

	parcel_put(&request, &head, sizeof(head));
	for (size_t i = 0; i < opened->n_maps; i++)
		parcel_put_u32(&request, opened->maps[i].handle);
	return conversation_send(&opened->conversation, &request, error);
}

static int refuse_maps(const struct component_spec *spec, struct error *error)
{
	error_done(error);
	return error_set(error, ERROR_BAD_OBJECT, -ENOENT,
			 "'%s' of %s uses a map by the number of a file descriptor; a program may "
			 "use only the maps of its object",
			 spec->program, spec->label);
}

int opened_load(struct opened *opened, const struct component_spec *spec, bool may_fail,
		struct error *error)
{
	cleanup(parcel_done) struct parcel answer = {};
	int result = request_load(opened, may_fail, error) ?: receive(opened, &answer, error);

	if (result < 0)
		return opened->broker.calls.uses_others ? refuse_maps(spec, error) : result;
	result = opened_read_loaded(opened, &answer);
	return result < 0 ? refuse(opened, result, error) : 0;
}

void opened_close(struct opened *opened)
{
	conversation_end(&opened->conversation);
	component_broker_done(&opened->broker);
	kfuncs_done(&opened->kfuncs);
	free(opened->obstacle);
	free(opened->map_obstacle);
	free(opened->need_obstacle);
	strings_done(&opened->needs);
	for (size_t i = 0; i < opened->n_maps; i++)
		free(opened->maps[i].name);
	free(opened->maps);
	*opened = (struct opened){ .conversation.fd = -1 };
}

/* Failure does not matter: libbpf finds out later what it does not know yet. */
static void load_first(struct opened *opened, const struct object *object)
{
	const struct component_spec spec = { .label = object->label, .program = "warm_up" };
	cleanup(parcel_done) struct parcel answer = {};

	if (request_open(opened, object, false, &spec, false, false, NULL) < 0 ||
	    receive(opened, &answer, NULL) < 0 || opened_read_description(opened, &answer) < 0)
		return;
	opened->broker.calls.attach_type = BPF_XDP;
	opened_load(opened, &spec, false, NULL);
}

void opened_warm_up(void)
{
	struct opened opened = { .conversation.fd = -1, .broker.calls.load_chosen = load_chosen };
	struct object object = { .label = "the first object" };

	if (!conversation_begin_first(&opened.conversation))
		return;
	object.blob.bytes = (void *)warm_up_bpf__elf_bytes(&object.blob.size);
	load_first(&opened, &object);
	opened_close(&opened);
}
