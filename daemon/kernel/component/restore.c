// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/component/restore.h"

#include "base/cleanup.h"
#include "daemon/kernel/bpffs/pins.h"
#include "daemon/kernel/component/code-description.h"
#include "daemon/kernel/component/component.h"
#include "daemon/kernel/component/internal.h"
#include "daemon/kernel/component/opened.h"
#include "daemon/kernel/info/prog-info.h"

#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>

/* Makes the opened object use the maps that are pinned. */
static int restore_maps(struct component *component, struct opened *opened, struct error *error)
{
	int result = component_allocate_maps(component, opened->n_maps, error);

	for (size_t i = 0; result == 0 && i < opened->n_maps; i++) {
		struct opened_map *map = &opened->maps[i];
		cleanup(freep) char *map_name = component_map_pin(map->name);
		int fd;

		if (!map_name)
			return error_memory(error);
		fd = pins_get(component->pins, map_name);
		if (fd == -ENOENT)
			continue; /* libbpf did not create it */
		result = fd < 0 ? fd : opened_use_map(opened, map, fd);
		if (result < 0)
			error_set(error, ERROR_KERNEL_REFUSED, result,
				  "cannot take over map '%s' of '%s': %s", map->name,
				  component->spec.program, errno_name(result));
		if (fd >= 0)
			result = component_add_map(component, map->name, fd, error) ?: result;
	}
	return result;
}

/*
 * Replaces the object's descriptors in the instructions by the component's own descriptors of the same maps.
 */
static int use_own_maps(struct component *component, const struct opened *opened)
{
	cleanup(freep) int *from = calloc(component->n_maps + 1, sizeof(*from));
	cleanup(freep) int *to = calloc(component->n_maps + 1, sizeof(*to));
	struct map_changes changes = { .from = from, .to = to };

	if (!from || !to)
		return -ENOMEM;
	for (size_t i = 0; i < opened->n_maps; i++) {
		const struct opened_map *map = &opened->maps[i];

		if (!map->is_given || changes.n_maps == component->n_maps)
			continue;
		from[changes.n_maps] =
			broker_find(&opened->broker.calls, map->handle, BROKERED_MAP)->fd;
		to[changes.n_maps] = component->maps[changes.n_maps].fd;
		changes.n_maps++;
	}
	return program_code_change_maps(&component->code, &changes);
}

/*
 * libbpf generates the instructions as it did when the component was loaded, with the same maps, but does
 * not load them.
 */
static void recall_code(struct component *component, struct opened *opened)
{
	cleanup(error_done) struct error ignored = {};
	struct component_broker *broker = &opened->broker;

	broker->calls.is_trial = true;
	broker->calls.attach_type = BPF_XDP;
	opened_load(opened, &component->spec, false, &ignored);
	component->code = broker->chosen.code;
	broker->chosen.code = (struct program_code){};
	/* The kernel does not check them this time. */
	if (!program_code_is_sound(&component->code) || use_own_maps(component, opened) < 0 ||
	    code_description_add(&component->code, component->spec.program) < 0)
		program_code_done(&component->code);
}

static int restore_object(struct component *component, const struct object *object,
			  struct error *error)
{
	struct opened opened;
	int result = opened_open(object, &component->spec, component->frags, false, &opened, error)
			     ?: restore_maps(component, &opened, error);

	if (result == 0)
		recall_code(component, &opened);
	if (result == 0) {
		component->kfuncs = opened.kfuncs;
		opened.kfuncs = (struct kfuncs){};
		component->needs = opened.needs;
		opened.needs = (struct strings){};
	}
	if (component->extension)
		component->map_limit = steal(opened.map_obstacle);
	opened_close(&opened);
	return result;
}

static int restore_foreign_maps(struct component *component, struct error *error)
{
	struct prog_info info;

	return prog_info_read(component->fd, &info) < 0
		       ? 0
		       : component_find_maps(component, &info, error);
}

static int restore_program(struct component *component, const struct component_record *record,
			   const struct pin_directories *directories, struct error *error)
{
	char name[16];
	int result;

	snprintf(name, sizeof(name), "%u", record->id);
	result = pins_open(directories->components, name, &component->pins, error);
	if (result < 0)
		return result;
	component->fd = pins_get(component->pins, "program");
	if (component->fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, component->fd,
				 "cannot take over the program of '%s': %s",
				 component->spec.program, errno_name(component->fd));
	component->tail_fd = pins_get(component->pins, "tail");
	if (component->tail_fd < 0 && component->tail_fd != -ENOENT)
		return error_set(error, ERROR_KERNEL_REFUSED, component->tail_fd,
				 "cannot take over the program array of '%s': %s",
				 component->spec.program, errno_name(component->tail_fd));
	return component_read_program(component, error);
}

int component_restore(const struct component_spec *spec, const struct object *object,
		      const struct component_record *record,
		      const struct pin_directories *directories, struct component **ret,
		      struct error *error)
{
	cleanup(component_release) struct component *component = NULL;
	int result;

	result = component_new(spec, record->frags, &component, error);
	if (result == 0)
		result = restore_program(component, record, directories, error);
	if (result == 0 && object)
		result = restore_object(component, object, error);
	if (result == 0 && !*spec->sha256)
		result = restore_foreign_maps(component, error);
	if (result < 0) {
		if (component)
			pins_keep(&component->pins); /* other holders may need them */
		return result;
	}
	component->work = record->work;
	component->has_frags = record->has_frags && !component->extension;
	if (*record->no_extension)
		component->no_extension = strdup(record->no_extension);
	*ret = steal(component);
	return 0;
}
