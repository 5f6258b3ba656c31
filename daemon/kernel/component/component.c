// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/component/component.h"

#include "base/cleanup.h"
#include "daemon/kernel/bpffs/pins.h"
#include "daemon/kernel/component/internal.h"
#include "daemon/kernel/info/prog-info.h"
#include "object/extension.h"

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
	strings_done(&component->carried);
	program_code_done(&component->code);
	for (size_t i = 0; i < component->n_maps; i++) {
		free(component->maps[i].name);
		closep(&component->maps[i].fd);
	}
	free(component->maps);
	closep(&component->fd);
	closep(&component->tail_fd);
	kfuncs_done(&component->kfuncs);
	strings_done(&component->needs);
	free(component->no_extension);
	free(component->map_limit);
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
	component->has_program_maps |= map_type_takes_programs(kernel_info.type);
	return 0;
}

int component_allocate_maps(struct component *component, size_t n_maps, struct error *error)
{
	component->maps = calloc(n_maps + 1, sizeof(*component->maps));
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

/* A linker that fuses an extension with such maps finds out itself that they do not fit. */
bool component_accepts_frags(const struct component *component)
{
	return component->frags &&
	       (component->has_frags || component->extension || !component->has_program_maps);
}

bool component_fits_frags(const struct component *component, bool frags)
{
	return component->extension || !component->has_program_maps ||
	       component->has_frags == frags;
}

char *component_map_pin(const char *map_name)
{
	char *name;

	return asprintf(&name, "map-%s", map_name) < 0 ? NULL : name;
}

int component_each_pin(const struct component *component, pin_visit visit, void *userdata)
{
	/* Only the program holds the maps of a component that another loader has loaded. */
	size_t n_maps = *component->spec.sha256 ? component->n_maps : 0;
	int result = visit(component->pins, "program", component->fd, userdata);

	if (result >= 0 && component->tail_fd >= 0)
		result = visit(component->pins, "tail", component->tail_fd, userdata);
	for (size_t i = 0; result >= 0 && i < n_maps; i++) {
		cleanup(freep) char *name = component_map_pin(component->maps[i].name);

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

int component_find_maps(struct component *component, const struct prog_info *info,
			struct error *error)
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
		 ?: component_find_maps(component, &info, error);
	if (result == 0)
		*ret = steal(component);
	return result;
}
