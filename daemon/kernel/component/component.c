#define _GNU_SOURCE
#include "daemon/kernel/component/component.h"

#include "base/cleanup.h"
#include "daemon/kernel/bpffs/pins.h"
#include "daemon/kernel/component/code-recorder.h"
#include "daemon/kernel/component/internal.h"
#include "daemon/kernel/info/prog-info.h"
#include "object/libbpf-log.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void component_destroy(struct node *node)
{
	struct component *component = (struct component *)node;

	pins_drop(&component->pins);
	for (size_t i = 0; i < component->new_names.n_items; i++)
		unlink(component->new_names.items[i]);
	strings_done(&component->new_names);
	program_code_done(&component->code);
	for (size_t i = 0; i < component->n_maps; i++) {
		free(component->maps[i].name);
		closep(&component->maps[i].fd);
	}
	free(component->maps);
	closep(&component->fd);
	closep(&component->tail_fd);
	kfuncs_done(&component->kfuncs);
	component_spec_done(&component->spec);
}

static const struct node_type component_type = { "component", component_destroy };

void component_release(struct component **component)
{
	struct node *node = (struct node *)steal(*component);

	node_release(&node);
}

void component_keep_names(struct component *component)
{
	strings_done(&component->new_names);
}

void component_keep_pins(struct component *component)
{
	pins_keep(&component->pins);
	component_keep_names(component);
}

int component_new(const struct component_spec *spec, bool frags, struct component **ret,
		  struct error *error)
{
	struct component *component = calloc(1, sizeof(*component));

	if (!component || node_init(&component->node, &component_type, 0, NULL) < 0) {
		free(component);
		return error_memory(error);
	}
	component->fd = component->tail_fd = -1;
	component->frags = frags;
	*ret = component;
	return component_spec_copy(spec, &component->spec, error);
}

int component_no_descriptor(const struct component *component, int failure, struct error *error)
{
	return error_set(error, ERROR_KERNEL_REFUSED, failure,
			 "cannot duplicate a file descriptor for '%s': %s", component->spec.program,
			 errno_name(failure));
}

int component_add_map(struct component *component, const char *name, int fd, struct error *error)
{
	struct component_map *map = &component->maps[component->n_maps];
	struct bpf_map_info kernel_info = {};
	__u32 size = sizeof(kernel_info);

	map->fd = fd;
	map->name = strdup(name);
	component->n_maps++;
	if (!map->name)
		return error_memory(error);
	if (bpf_map_get_info_by_fd(fd, &kernel_info, &size) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno, "cannot query map '%s': %s",
				 name, errno_name(errno));
	map->id = kernel_info.id;
	return 0;
}

int component_allocate_maps(struct component *component, const struct bpf_object *opened,
			    struct error *error)
{
	const struct bpf_map *map;
	size_t count = 0;

	bpf_object__for_each_map(map, opened) count++;
	component->maps = calloc(count + 1, sizeof(*component->maps));
	return component->maps ? 0 : error_memory(error);
}

int component_read_program(struct component *component, struct error *error)
{
	struct bpf_prog_info program = {};
	__u32 size = sizeof(program);

	if (bpf_prog_get_info_by_fd(component->fd, &program, &size) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot query program '%s': %s", component->spec.program,
				 errno_name(errno));
	component->id = program.id;
	component->gpl_compatible = program.gpl_compatible;
	component->extension = program.type == BPF_PROG_TYPE_EXT;
	return 0;
}

/* The name of a map's pin; to be freed. */
static char *map_pin(const char *map_name)
{
	char *name;

	return asprintf(&name, "map-%s", map_name) < 0 ? NULL : name;
}

int component_each_pin(const struct component *component, pin_visit visit, void *userdata)
{
	/* The maps of what somebody else has loaded are held by the program alone. */
	size_t n_maps = *component->spec.sha256 ? component->n_maps : 0;
	int result = visit(component->pins, "program", component->fd, userdata);

	if (result >= 0 && component->tail_fd >= 0)
		result = visit(component->pins, "tail", component->tail_fd, userdata);
	for (size_t i = 0; result >= 0 && i < n_maps; i++) {
		cleanup(freep) char *name = map_pin(component->maps[i].name);

		result = name ? visit(component->pins, name, component->maps[i].fd, userdata)
			      : -ENOMEM;
	}
	return result;
}

int component_pin(struct component *component, const struct pin_directories *directories,
		  struct error *error)
{
	char name[16];
	int result;

	snprintf(name, sizeof(name), "%u", component->id);
	result = pins_new(directories->components, name, &component->pins, error);
	if (result == 0)
		result = component_each_pin(component, pins_visit_add, error);
	return result;
}

/*
 * Without an object the maps are those that the kernel knows of, by its short names. The program
 * keeps them, so that they need no pins.
 */
static int find_maps(struct component *component, const struct prog_info *info, struct error *error)
{
	component->maps = calloc(info->n_maps + 1, sizeof(*component->maps));
	if (!component->maps)
		return error_memory(error);
	for (size_t i = 0; i < info->n_maps; i++) {
		struct bpf_map_info kernel_info = {};
		__u32 size = sizeof(kernel_info);
		cleanup(closep) int fd = bpf_map_get_fd_by_id(info->map_ids[i]);
		int result;

		if (fd < 0 || bpf_map_get_info_by_fd(fd, &kernel_info, &size) < 0)
			return component_no_descriptor(component, -errno, error);
		result = component_add_map(component, kernel_info.name, steal_fd(&fd), error);
		if (result < 0)
			return result;
	}
	return 0;
}

int component_take(const struct foreign_program *program, const struct pin_directories *directories,
		   struct component **ret, struct error *error)
{
	cleanup(component_release) struct component *component = NULL;
	struct component_spec spec = { .label = (char *)program->label };
	struct prog_info info;
	int result = prog_info_read(program->fd, &info);

	if (result < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, result,
				 "cannot query a program of %s: %s", program->label,
				 errno_name(result));
	spec.program = info.name;
	result = component_new(&spec, program->frags, &component, error);
	if (result < 0)
		return result;
	component->fd = fcntl(program->fd, F_DUPFD_CLOEXEC, 3);
	if (program->tail_fd >= 0)
		component->tail_fd = fcntl(program->tail_fd, F_DUPFD_CLOEXEC, 3);
	if (component->fd < 0 || (program->tail_fd >= 0 && component->tail_fd < 0))
		return component_no_descriptor(component, -errno, error);
	result = component_read_program(component, error) ?: component_pin(component, directories, error)
		 ?: find_maps(component, &info, error);
	if (result == 0)
		*ret = steal(component);
	return result;
}

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
		cleanup(freep) char *map_name = map_pin(bpf_map__name(map));
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
	if (program_code_change_maps(&component->code, &changes) < 0)
		program_code_done(&component->code);
}

static int restore_foreign_maps(struct component *component, struct error *error)
{
	struct prog_info info;

	return prog_info_read(component->fd, &info) < 0 ? 0 : find_maps(component, &info, error);
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
	*ret = steal(component);
	return 0;
}
