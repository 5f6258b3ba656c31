#define _GNU_SOURCE
#include "daemon/kernel/component/restore.h"

#include "base/cleanup.h"
#include "daemon/kernel/bpffs/pins.h"
#include "daemon/kernel/component/code-description.h"
#include "daemon/kernel/component/code-recorder.h"
#include "daemon/kernel/component/component.h"
#include "daemon/kernel/component/internal.h"
#include "daemon/kernel/info/prog-info.h"
#include "object/libbpf-log.h"

#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>

static void openedp(struct bpf_object **object)
{
	bpf_object__close(*object);
}

/* The maps of the opened object become those that are pinned. */
static int restore_maps(struct component *component, const struct bpf_object *opened,
			struct error *error)
{
	struct bpf_map *map;
	int result = component_allocate_maps(component, opened, error);

	bpf_object__for_each_map(map, opened)
	{
		cleanup(freep) char *map_name = component_map_pin(bpf_map__name(map));
		int fd;

		if (!map_name)
			return error_memory(error);
		fd = pins_get(component->pins, map_name);
		if (fd == -ENOENT)
			continue; /* libbpf made none */
		if (fd < 0)
			return error_set(error, ERROR_KERNEL_REFUSED, fd,
					 "cannot take over map '%s' of '%s': %s",
					 bpf_map__name(map), component->spec.program,
					 errno_name(fd));
		result = component_add_map(component, bpf_map__name(map), fd, error);
		if (result == 0)
			result = bpf_map__reuse_fd(map, fd);
		if (result == 0)
			result = bpf_map__set_pin_path(map, NULL);
		if (result < 0)
			return error_set(error, ERROR_KERNEL_REFUSED, result,
					 "cannot take over map '%s' of '%s': %s",
					 bpf_map__name(map), component->spec.program,
					 errno_name(result));
	}
	return result;
}

/*
 * libbpf makes the instructions, as it did when the component was loaded, with the maps that it has,
 * and is stopped before it loads them.
 */
static void recall_code(struct component *component, struct bpf_object *opened)
{
	struct bpf_program *program, *chosen = NULL;
	struct libbpf_log messages;
	cleanup(freep) int *from = calloc(component->n_maps + 1, sizeof(*from));
	cleanup(freep) int *to = calloc(component->n_maps + 1, sizeof(*to));
	struct map_changes changes = { .from = from, .to = to };
	const struct bpf_map *map;

	bpf_object__for_each_program(program, opened)
	{
		if (!chosen && !strcmp(bpf_program__name(program), component->spec.program))
			chosen = program;
		else
			bpf_program__set_autoload(program, false);
	}
	bpf_object__for_each_map(map, opened)
	{
		if (!from || !to || bpf_map__fd(map) < 0 || changes.n_maps == component->n_maps)
			continue;
		from[changes.n_maps] = bpf_map__fd(map);
		to[changes.n_maps] = component->maps[changes.n_maps].fd;
		changes.n_maps++;
	}
	if (!chosen || !from || !to)
		return;
	bpf_program__set_type(chosen, BPF_PROG_TYPE_XDP);
	libbpf_log_begin(&messages);
	code_recorder_begin_only(&component->code, chosen);
	bpf_object__load(opened);
	code_recorder_end();
	libbpf_log_end(&messages);
	/* What it would use else is closed now, and another map has that number later. */
	if (program_code_change_maps(&component->code, &changes) < 0 ||
	    code_description_add(&component->code, component->spec.program) < 0)
		program_code_done(&component->code);
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
	cleanup(openedp) struct bpf_object *opened = NULL;
	int result;

	result = component_new(spec, record->frags, &component, error);
	if (result == 0)
		result = restore_program(component, record, directories, error);
	if (result == 0 && object) {
		result = object_open(object, NULL, &opened, error);
		if (result == 0)
			result = restore_maps(component, opened, error);
		if (result == 0)
			recall_code(component, opened);
		kfuncs_resolve_here(object, &component->kfuncs, NULL);
	}
	if (result == 0 && !*spec->sha256)
		result = restore_foreign_maps(component, error);
	if (result < 0) {
		if (component)
			pins_keep(&component->pins); /* others may need them */
		return result;
	}
	component->work = record->work;
	component->has_frags = record->has_frags && !component->extension;
	if (*record->no_extension)
		component->no_extension = strdup(record->no_extension);
	*ret = steal(component);
	return 0;
}
