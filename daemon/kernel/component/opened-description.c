// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/component/opened-description.h"

#include "base/cleanup.h"
#include "object/function-mark.h"
#include "sandbox/calls.h"

#include <string.h>

/* More maps than any real object has. */
#define MAPS_MAX   1024
#define KFUNCS_MAX 1024

/* The longest map name that the parser accepts: a map is pinned as a file of its name. */
#define NAME_MAX_LENGTH 200

static bool copy_text(struct parcel *answer, char **ret)
{
	const char *text = parcel_get_text(answer);

	*ret = text ? strdup(text) : NULL;
	return !text || *ret;
}

static bool read_kfunc(struct parcel *answer, struct kfunc *ret)
{
	ret->weak = parcel_get_u32(answer);
	ret->only = parcel_get_u32(answer);
	ret->state = parcel_get_u32(answer);
	return copy_text(answer, &ret->name) && copy_text(answer, &ret->group) &&
	       copy_text(answer, &ret->prototype) && copy_text(answer, &ret->kernel_prototype) &&
	       copy_text(answer, &ret->module) && ret->state < KFUNC_STATE_COUNT && ret->name &&
	       ret->prototype && (ret->state == KFUNC_ABSENT || ret->module);
}

static int read_needs(struct opened *opened, struct parcel *answer, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = parcel_get_text(answer);

		if (!name)
			return -EPROTO;
		if (strings_add(&opened->needs, name, strlen(name)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static bool is_file_name(const char *name)
{
	return name && *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       !strchr(name, '/') && strlen(name) <= NAME_MAX_LENGTH;
}

static bool read_map(struct parcel *answer, struct opened_map *ret)
{
	struct opened_map_head head;

	parcel_get(answer, &head, sizeof(head));
	*ret = (struct opened_map){
		.type = head.type,
		.key_size = head.key_size,
		.value_size = head.value_size,
		.max_entries = head.max_entries,
		.flags = head.flags,
		.extra = head.extra,
		.is_internal = head.is_internal,
		.is_pinned = head.is_pinned,
	};
	return copy_text(answer, &ret->name) && is_file_name(ret->name);
}

int opened_read_description(struct opened *opened, struct parcel *answer)
{
	struct opened_head head;
	int result;

	parcel_get(answer, &head, sizeof(head));
	if (answer->kind != ANSWER_MESSAGE_OPENED || head.n_maps > MAPS_MAX ||
	    head.n_kfuncs > KFUNCS_MAX || head.n_needs > MARKS_MAX || head.context < -1 ||
	    head.context >= ARGUMENTS_MAX)
		return -EPROTO;
	opened->has_function = head.has_function;
	opened->arguments = (struct arguments){ head.n_arguments, head.context };
	opened->fills_arrays = head.fills_arrays;
	opened->kfuncs.items = calloc(head.n_kfuncs + 1, sizeof(*opened->kfuncs.items));
	opened->maps = calloc(head.n_maps + 1, sizeof(*opened->maps));
	if (!opened->kfuncs.items || !opened->maps)
		return -ENOMEM;
	if (!copy_text(answer, &opened->obstacle) || !copy_text(answer, &opened->map_obstacle) ||
	    !copy_text(answer, &opened->need_obstacle))
		return -ENOMEM;
	result = read_needs(opened, answer, head.n_needs);
	if (result < 0)
		return result;
	while (opened->kfuncs.n_items < head.n_kfuncs)
		if (!read_kfunc(answer, &opened->kfuncs.items[opened->kfuncs.n_items++]))
			return -EPROTO;
	while (opened->n_maps < head.n_maps)
		if (!read_map(answer, &opened->maps[opened->n_maps++]))
			return -EPROTO;
	return parcel_is_read(answer) ? 0 : -EPROTO;
}

int opened_read_loaded(struct opened *opened, struct parcel *answer)
{
	opened->program = parcel_get_u32(answer);
	for (size_t i = 0; i < opened->n_maps; i++) {
		uint32_t handle = parcel_get_u32(answer);
		struct opened_map *map = &opened->maps[i];

		if (!map->is_given)
			map->handle = handle;
		if (map->handle && !broker_find(&opened->broker.calls, map->handle, BROKERED_MAP))
			return -EPROTO;
	}
	/* What was recorded must be what the kernel verified, also if it is loaded again as part of a chain. */
	return answer->kind == ANSWER_MESSAGE_LOADED && parcel_is_read(answer) &&
			       opened->broker.chosen.is_loaded &&
			       broker_find(&opened->broker.calls, opened->program, BROKERED_PROGRAM)
		       ? 0
		       : -EPROTO;
}
