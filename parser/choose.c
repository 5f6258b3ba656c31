// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Chooses the program of an object to attach, and reports what the object declares about it. */
#include "parser/choose.h"

#include "base/cleanup.h"
#include "object/elf.h"
#include "object/link-check.h"
#include "object/object.h"
#include "object/signature.h"
#include "sandbox/calls.h"

static int bad_request(struct error *error)
{
	return error_set(error, ERROR_INTERNAL, -EPROTO, "the parser does not know the request");
}

/* `ret` does not own its bytes, so it is not freed. */
static void get_object(struct parcel *request, struct object *ret)
{
	ret->label = (char *)parcel_get_text(request);
	ret->blob.bytes = (void *)parcel_get_blob(request, &ret->blob.size);
	if (!ret->blob.bytes)
		ret->blob.bytes = ret;
}

static void put_arguments(const struct bpf_object *opened, const char *program,
			  struct choice_head *head)
{
	const struct btf *btf = bpf_object__btf(opened);
	struct signature function;
	int context;

	if (!btf || signature_find(btf, program, &function) < 0)
		return;
	head->has_function = true;
	head->n_arguments = signature_arguments(&function, &context);
}

int choose_answer(struct parcel *request, struct parcel *answer, struct chosen *ret,
		  struct error *error)
{
	struct object *object = &ret->object;
	struct choose_request wanted;
	struct program_choice choice;
	struct choice_head head = {};
	const char *program;
	int result;

	parcel_get(request, &wanted, sizeof(wanted));
	program = parcel_get_text(request);
	get_object(request, object);
	if (!parcel_is_read(request) || !object->label)
		return bad_request(error);
	result = wanted.is_single ? static_link_check(object, 0, NULL, error)
				  : elf_check(&object->blob, object->label, error);
	if (result == 0)
		result = object_open(object, ANY_ROOT, &ret->opened, error);
	if (result == 0)
		result = object_choose_opened(object, ret->opened, program, &choice, error);
	if (result < 0)
		return result;
	head = (struct choice_head){ .frags = choice.frags,
				     .extension = choice.extension,
				     .priority = choice.priority,
				     .proceed = choice.proceed };
	put_arguments(ret->opened, choice.name, &head);
	answer->kind = ANSWER_MESSAGE_CHOICE;
	parcel_put(answer, &head, sizeof(head));
	parcel_put_text(answer, choice.name);
	return 0;
}

int check_answer(struct parcel *request, struct parcel *answer, struct error *error)
{
	struct object object = {};

	get_object(request, &object);
	if (!parcel_is_read(request) || !object.label)
		return bad_request(error);
	answer->kind = ANSWER_MESSAGE_CHECKED;
	return elf_check(&object.blob, object.label, error);
}

static void btfp(struct btf **btf)
{
	btf__free(*btf);
}

static int compare(const struct object *object, const char *program, const struct signature *slot,
		   struct error *error)
{
	cleanup(elf_free_btf) struct btf *btf = elf_read_btf(&object->blob);
	struct signature function;

	if (btf && signature_find(btf, program, &function) == 0)
		return signature_check(&function, slot, error);
	return error_set(error, ERROR_BAD_OBJECT, -EINVAL,
			 "the type information (BTF) does not describe '%s' in %s, so it cannot be "
			 "checked against the slot",
			 program, object->label);
}

int compare_answer(struct parcel *request, struct parcel *answer, struct error *error)
{
	struct object object = {};
	cleanup(btfp) struct btf *types = NULL;
	struct signature slot;
	const char *program;
	size_t size;
	const void *bytes = parcel_get_blob(request, &size);

	slot.function_id = parcel_get_u32(request);
	program = parcel_get_text(request);
	get_object(request, &object);
	if (!parcel_is_read(request) || !object.label || !program || !bytes)
		return bad_request(error);
	types = btf__new(bytes, size);
	if (!types)
		return error_memory(error);
	slot.btf = types;
	answer->kind = ANSWER_MESSAGE_CHECKED;
	return elf_check(&object.blob, object.label, error)
		       ?: compare(&object, program, &slot, error);
}
