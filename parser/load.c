// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Opens an object with libbpf, describes it, and loads it with the given maps and as the given type. */
#define _GNU_SOURCE
#include "parser/load.h"

#include "base/cleanup.h"
#include "base/string-list.h"
#include "object/elf.h"
#include "object/extension.h"
#include "object/function-mark.h"
#include "object/kfuncs.h"
#include "object/libbpf-log.h"
#include "object/load-error.h"
#include "object/object.h"
#include "object/set-globals.h"
#include "object/signature.h"
#include "object/verifier-log.h"
#include "parser/answer.h"
#include "parser/calls.h"
#include "sandbox/calls.h"

#include <bpf/bpf.h>
#include <string.h>

struct loading {
	struct open_request wanted;
	struct object object;
	bool is_checked; /* by an earlier request */
	const char *program;
	struct strings values;
	struct tail_callees callees;
	struct kfuncs kfuncs;
	char *obstacle; /* why it cannot be an extension; NULL: it can */
	char *map_obstacle;
	char *need_obstacle;
	struct strings needs; /* functions of the policy */
	struct bpf_object *opened;
	struct bpf_program *chosen; /* a program of `opened` */
	struct libbpf_log messages;
	char *log; /* of the verifier */
};

static int bad_request(struct error *error)
{
	return error_set(error, ERROR_INTERNAL, -EPROTO, "the parser does not know the request");
}

/* libbpf opened the object to choose the program; its maps are named after the label. */
static void use_chosen(struct loading *loading, struct chosen *chosen)
{
	loading->is_checked = true;
	loading->object.blob = chosen->object.blob;
	if (loading->object.label && !strcmp(loading->object.label, chosen->object.label))
		loading->opened = steal(chosen->opened);
}

static int read_request(struct loading *loading, struct parcel *request, struct chosen *chosen,
			struct error *error)
{
	parcel_get(request, &loading->wanted, sizeof(loading->wanted));
	loading->object.label = (char *)parcel_get_text(request);
	loading->program = parcel_get_text(request);
	for (uint32_t i = 0; i < loading->wanted.n_values && !request->is_bad; i++) {
		const char *value = parcel_get_text(request);

		if (value && strings_add(&loading->values, value, strlen(value)) < 0)
			return error_memory(error);
	}
	loading->object.blob.bytes = (void *)parcel_get_blob(request, &loading->object.blob.size);
	if (!loading->object.blob.bytes && chosen)
		use_chosen(loading, chosen);
	if (!loading->object.blob.bytes)
		return bad_request(error);
	if (!parcel_is_read(request) || !loading->object.label || !loading->program)
		return bad_request(error);
	loading->log = malloc(PARSER_LOG_MAX + 1);
	return loading->log ? 0 : error_memory(error);
}

static int check(const struct loading *loading, struct error *error)
{
	return loading->is_checked ? 0
				   : elf_check(&loading->object.blob, loading->object.label, error);
}

static int find_kfuncs(struct loading *loading, struct error *error)
{
	bool needs_them = loading->wanted.needs_kfuncs;
	int result;

	if (loading->opened && !kfuncs_may_be_called(loading->opened))
		return 0;
	result = kfuncs_resolve_here(&loading->object, &loading->kfuncs, needs_them ? error : NULL);
	if (!needs_them)
		return 0;
	return result < 0 ? result : kfuncs_check(&loading->kfuncs, loading->object.label, error);
}

static int find_program(struct loading *loading, struct error *error)
{
	struct bpf_program *program;

	loading->chosen = NULL;
	bpf_object__for_each_program(program, loading->opened)
	{
		if (!loading->chosen && !strcmp(bpf_program__name(program), loading->program))
			loading->chosen = program;
	}
	return set_globals(loading->object.label, &loading->values, loading->opened, error);
}

/* libbpf pins nothing. */
static int open_again(struct loading *loading, struct error *error)
{
	int result;

	bpf_object__close(steal(loading->opened));
	result = object_open(&loading->object, ANY_ROOT, &loading->opened, error);
	return result < 0 ? result : find_program(loading, error);
}

static bool is_loaded(const struct loading *loading, const struct bpf_program *program)
{
	return program == loading->chosen ||
	       tail_callees_have(&loading->callees, bpf_program__name(program));
}

static void put_kfuncs(struct parcel *answer, const struct kfuncs *kfuncs)
{
	for (size_t i = 0; i < kfuncs->n_items; i++) {
		const struct kfunc *kfunc = &kfuncs->items[i];

		parcel_put_u32(answer, kfunc->weak);
		parcel_put_u32(answer, kfunc->only);
		parcel_put_u32(answer, kfunc->state);
		parcel_put_text(answer, kfunc->name);
		parcel_put_text(answer, kfunc->group);
		parcel_put_text(answer, kfunc->prototype);
		parcel_put_text(answer, kfunc->kernel_prototype);
		parcel_put_text(answer, kfunc->module);
	}
}

static void put_maps(struct parcel *answer, const struct bpf_object *opened)
{
	const struct bpf_map *map;

	bpf_object__for_each_map(map, opened)
	{
		const struct opened_map_head head = {
			.type = bpf_map__type(map),
			.key_size = bpf_map__key_size(map),
			.value_size = bpf_map__value_size(map),
			.max_entries = bpf_map__max_entries(map),
			.flags = bpf_map__map_flags(map),
			.is_internal = bpf_map__is_internal(map),
			.is_pinned = bpf_map__pin_path(map) != NULL,
			.extra = bpf_map__map_extra(map),
		};

		parcel_put(answer, &head, sizeof(head));
		parcel_put_text(answer, bpf_map__name(map));
	}
}

static size_t count_maps(const struct bpf_object *opened)
{
	const struct bpf_map *map;
	size_t count = 0;

	bpf_object__for_each_map(map, opened) count++;
	return count;
}

static void describe(const struct loading *loading, struct parcel *answer)
{
	const struct btf *btf = bpf_object__btf(loading->opened);
	struct opened_head head = {
		.context = -1,
		.n_needs = loading->needs.n_items,
		.n_kfuncs = loading->kfuncs.n_items,
		.n_maps = count_maps(loading->opened),
	};
	struct bpf_program *program;
	struct signature function;

	if (btf && signature_find(btf, loading->program, &function) == 0) {
		head.has_function = true;
		head.n_arguments = signature_arguments(&function, &head.context);
	}
	bpf_object__for_each_program(program, loading->opened)
		head.fills_arrays |= program != loading->chosen && is_loaded(loading, program);
	answer->kind = ANSWER_MESSAGE_OPENED;
	parcel_put(answer, &head, sizeof(head));
	parcel_put_text(answer, loading->obstacle);
	parcel_put_text(answer, loading->map_obstacle);
	parcel_put_text(answer, loading->need_obstacle);
	for (size_t i = 0; i < loading->needs.n_items; i++)
		parcel_put_text(answer, loading->needs.items[i]);
	put_kfuncs(answer, &loading->kfuncs);
	put_maps(answer, loading->opened);
}

static int find_needs(struct loading *loading, struct error *error)
{
	const struct btf *btf = bpf_object__btf(loading->opened);
	int result = btf ? function_marks_read(btf, MARK_NEEDED, &loading->needs) : 0;

	if (result == -E2BIG)
		return error_set(error, ERROR_BAD_OBJECT, result,
				 "%s needs more than %d functions of the policy",
				 loading->object.label, MARKS_MAX);
	return result < 0 ? error_memory(error) : 0;
}

static int find_obstacles(struct loading *loading, struct error *error)
{
	int result = find_needs(loading, error);

	if (result < 0)
		return result;
	result = extension_find_obstacle(loading->opened, loading->program, &loading->obstacle)
			 ?: extension_find_map_obstacle(loading->opened, loading->wanted.frags,
							&loading->map_obstacle)
			 ?: extension_find_need_obstacle(&loading->needs, &loading->need_obstacle);
	return result < 0 ? error_memory(error) : 0;
}

static int open_first(struct loading *loading, struct parcel *request, struct chosen *chosen,
		      struct parcel *answer, struct error *error)
{
	int result = read_request(loading, request, chosen, error)
			     ?: check(loading, error) ?: find_kfuncs(loading, error)
			     ?: tail_callees_read(&loading->object.blob, &loading->callees, error)
			     ?: (loading->opened ? find_program(loading, error)
						 : open_again(loading, error));

	if (result == 0 && !loading->chosen)
		result = error_set(error, ERROR_NO_SUCH_PROGRAM, -ENOENT, "%s has no program '%s'",
				   loading->object.label, loading->program);
	result = result ?: find_obstacles(loading, error);
	if (result == 0)
		describe(loading, answer);
	return result;
}

/* Loads only the chosen program of the object, and the programs that it jumps to. */
static void prepare(struct loading *loading, const struct load_request *wanted,
		    unsigned int log_level)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, loading->opened)
	{
		bool chosen = program == loading->chosen;

		/* Instructions that were prepared for a test load are the chosen program's only. */
		if (!is_loaded(loading, program) || (wanted->is_trial && !chosen)) {
			bpf_program__set_autoload(program, false);
			continue;
		}
		bpf_program__set_type(program, BPF_PROG_TYPE_XDP);
		bpf_program__set_expected_attach_type(program, wanted->attach_type);
		bpf_program__set_flags(program, wanted->flags);
		bpf_program__set_ifindex(program, wanted->bound_to);
		bpf_program__set_log_buf(program, loading->log, PARSER_LOG_MAX + 1);
		if (chosen)
			bpf_program__set_log_level(program, log_level);
	}
}

static int use_map(const struct loading *loading, struct bpf_map *map, unsigned int handle,
		   struct error *error)
{
	cleanup(freep) char *name = strdup(bpf_map__name(map)); /* the map gets another name */
	cleanup(closep) int fd = calls_descriptor(handle);
	int result = fd < 0 ? fd : bpf_map__reuse_fd(map, fd);

	return result == 0 ? 0
			   : error_set(error, ERROR_KERNEL_REFUSED, result,
				       "map '%s' of %s cannot use the map given to it: %s",
				       name ?: "?", loading->object.label, errno_name(result));
}

static int use_maps(const struct loading *loading, const uint32_t *handles, struct error *error)
{
	struct bpf_map *map;
	int result = 0;

	bpf_object__for_each_map(map, loading->opened)
	{
		uint32_t handle = *handles++;

		bpf_map__set_pin_path(map, NULL);
		if (result == 0 && handle)
			result = use_map(loading, map, handle, error);
	}
	return result;
}

static int load(struct loading *loading, const struct load_request *wanted, const uint32_t *handles,
		unsigned int log_level, struct error *error)
{
	int result = use_maps(loading, handles, error);

	if (result < 0)
		return result;
	loading->log[0] = '\0';
	prepare(loading, wanted, log_level);
	libbpf_log_begin(&loading->messages);
	result = bpf_object__load(loading->opened);
	libbpf_log_end(&loading->messages);
	return result;
}

static int refused(const struct loading *loading, int failure, struct error *error)
{
	const struct load_error load_error = {
		.program = loading->program,
		.label = loading->object.label,
		.log = loading->log,
		.messages = loading->messages.text,
		.failure = failure,
		.opened = loading->opened,
	};

	return load_error_set(&load_error, error);
}

/*
 * Every load gets the verifier's statistics. Its reasons, instruction by instruction, cost much more, so a
 * second attempt asks for them only if there is something to explain. A program that is too large has more
 * lines than a log can hold, so none are asked for.
 */
static int load_explained(struct loading *loading, const struct load_request *wanted,
			  const uint32_t *handles, struct error *error)
{
	int result = load(loading, wanted, handles, VERIFIER_LOG_STATISTICS, error);

	if (result < 0 && !wanted->is_trial && !wanted->may_fail && result != -E2BIG &&
	    error->id == ERROR_NONE)
		result = open_again(loading, error)
				 ?: load(loading, wanted, handles, VERIFIER_LOG_REASONS, error);
	return result < 0 && error->id == ERROR_NONE ? refused(loading, result, error) : result;
}

static void put_loaded(const struct loading *loading, struct parcel *answer)
{
	const struct bpf_map *map;

	answer->kind = ANSWER_MESSAGE_LOADED;
	parcel_put_u32(answer, calls_handle(bpf_program__fd(loading->chosen)));
	bpf_object__for_each_map(map, loading->opened)
		parcel_put_u32(answer, calls_handle(bpf_map__fd(map)));
}

static int load_as_told(struct loading *loading, struct parcel *request, struct parcel *answer,
			struct error *error)
{
	size_t n_maps = count_maps(loading->opened);
	cleanup(freep) uint32_t *handles = calloc(n_maps + 1, sizeof(*handles));
	struct load_request wanted;
	int result;

	if (!handles)
		return error_memory(error);
	parcel_get(request, &wanted, sizeof(wanted));
	parcel_get(request, handles, n_maps * sizeof(*handles));
	if (request->kind != REQUEST_LOAD || !parcel_is_read(request))
		return bad_request(error);
	result = load_explained(loading, &wanted, handles, error);
	if (result == 0)
		put_loaded(loading, answer);
	return result;
}

int load_converse(int socket, struct parcel *request, struct chosen *chosen)
{
	cleanup(error_done) struct error error = {};
	cleanup(parcel_done) struct parcel answer = {};
	cleanup(parcel_done) struct parcel next = {};
	struct loading loading = {};
	int result = open_first(&loading, request, chosen, &answer, &error);

	if (answer_send(socket, &answer, result, &error) < 0 ||
	    parcel_receive(socket, SIZE_MAX, NULL, &next) < 0)
		return result < 0 ? result : -EPIPE; /* the process ends */
	result = load_as_told(&loading, &next, &answer, &error);
	answer_send(socket, &answer, result, &error);
	bpf_object__close(loading.opened); /* the zygote goes on */
	return result;
}
