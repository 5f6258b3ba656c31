#define _GNU_SOURCE
#include "daemon/kernel/component.h"

#include "base/cleanup.h"
#include "base/crash.h"
#include "daemon/kernel/elf.h"
#include "daemon/kernel/messages.h"
#include "daemon/kernel/pins.h"
#include "daemon/kernel/verifier.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static void component_destroy(struct node *node)
{
	struct component *component = (struct component *)node;

	pins_drop(&component->pins);
	code_done(&component->code);
	for (size_t i = 0; i < component->n_maps; i++) {
		free(component->maps[i].name);
		closep(&component->maps[i].fd);
	}
	free(component->maps);
	closep(&component->fd);
	free(component->label);
}

static const struct node_type component_type = { "component", component_destroy };

void component_release(struct component **component)
{
	struct node *node = (struct node *)steal(*component);

	node_release(&node);
}

void component_keep_pins(struct component *component)
{
	pins_keep(&component->pins);
}

/* With one holder, the caller; nothing of it is in the kernel yet. */
static int component_new(const struct object *object, const char *program_name, bool frags,
			 struct component **ret, struct error *error)
{
	struct component *component = calloc(1, sizeof(*component));

	if (!component || node_init(&component->node, &component_type, 0, NULL) < 0) {
		free(component);
		return error_memory(error);
	}
	component->fd = -1;
	component->frags = frags;
	strcpy(component->sha256, object->sha256);
	snprintf(component->program_name, sizeof(component->program_name), "%s", program_name);
	component->label = strdup(object->label);
	*ret = component;
	return component->label ? 0 : error_memory(error);
}

/* What is to be loaded, and what is said about it. */
struct order {
	const struct object *object;
	const struct program_choice *choice;
	const struct extension_target *target;
	const struct heritage *heritage;
	const struct pin_places *places;
	char *log; /* of the verifier */
	struct messages messages;
	struct bpf_object *opened;
	struct bpf_program *program; /* of `opened` */
};

static void order_done(struct order *order)
{
	bpf_object__close(order->opened);
	free(order->log);
}

static void set_type(struct bpf_program *program, enum bpf_prog_type type,
		     enum bpf_attach_type attach_type, __u32 flags)
{
	bpf_program__set_type(program, type);
	bpf_program__set_expected_attach_type(program, attach_type);
	bpf_program__set_flags(program, flags);
}

/*
 * Of all programs in the object only the chosen one is loaded, and those it jumps to. An extension
 * takes no flags and no attach type, and then neither may the programs it jumps to, or the kernel
 * finds that they do not match (kernel/bpf/core.c, bpf_prog_map_compatible()). Are there any?
 */
static bool prepare(struct order *order, unsigned int log_level)
{
	__u32 flags = order->choice->frags && !order->target ? BPF_F_XDP_HAS_FRAGS : 0;
	bool fills_arrays = false;
	struct bpf_program *program;

	bpf_object__for_each_program(program, order->opened)
	{
		const char *name = bpf_program__name(program);
		bool chosen = !strcmp(name, order->choice->name);

		if (!chosen && !elf_is_tail_callee(&order->object->blob, name)) {
			bpf_program__set_autoload(program, false);
			continue;
		}
		set_type(program, BPF_PROG_TYPE_XDP, order->target ? 0 : BPF_XDP, flags);
		bpf_program__set_log_buf(program, order->log, VERIFIER_LOG_SIZE);
		fills_arrays |= !chosen;
		if (!chosen)
			continue;
		order->program = program;
		bpf_program__set_log_level(program, log_level);
	}
	return fills_arrays;
}

static int load(struct component *component, struct order *order, unsigned int log_level,
		struct error *error)
{
	bool fills_arrays;
	int result;

	bpf_object__close(steal(order->opened));
	result = object_open(order->object, order->places->map_root, &order->opened, error);
	if (result < 0)
		return result;
	order->log[0] = '\0';
	fills_arrays = prepare(order, log_level);
	if (order->heritage)
		result = heritage_take(order->heritage, order->opened, fills_arrays,
				       order->object->label, error);
	if (result < 0)
		return result;
	messages_begin(&order->messages);
	code_record_begin(&component->code, order->program, order->target);
	result = bpf_object__load(order->opened);
	code_record_end();
	messages_end(&order->messages);
	return result;
}

static int refused(int failure, const struct order *order, struct error *error)
{
	cleanup(freep) char *digest = verifier_digest(order->log);

	if (digest)
		error_set(error, ERROR_VERIFIER_REJECTED, failure,
			  "the verifier rejects '%s' of %s (%s)", order->choice->name,
			  order->object->label, errno_name(failure));
	else
		error_set(error, ERROR_KERNEL_REFUSED, failure, "'%s' of %s cannot be loaded (%s)",
			  order->choice->name, order->object->label, errno_name(failure));
	error_detail(error, digest ?: order->messages.text);
	return failure;
}

/*
 * The verifier's statistics are had with every load; its reasons, instruction by instruction, cost
 * much more, so that they are asked for in a second try, when there is something to explain.
 */
static int load_explained(struct component *component, struct order *order, struct error *error)
{
	int result = load(component, order, VERIFIER_LOG_STATISTICS, error);

	if (result < 0 && error->id == ERROR_NONE)
		result = load(component, order, VERIFIER_LOG_REASONS, error);
	if (result < 0 && error->id == ERROR_NONE)
		return refused(result, order, error);
	if (result < 0)
		return result;
	verifier_work_read(order->log, &component->work);
	crash_point("load");
	return component->code.instructions ? 0 : error_memory(error);
}

static int no_descriptor(const struct component *component, int failure, struct error *error)
{
	return error_set(error, ERROR_KERNEL_REFUSED, failure,
			 "there is no file descriptor left for '%s': %s", component->program_name,
			 errno_name(failure));
}

/* Takes `fd`, also on failure; libbpf's `name` of the map is copied. */
static int add_map(struct component *component, const char *name, int fd, struct error *error)
{
	struct component_map *map = &component->maps[component->n_maps];
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	map->fd = fd;
	map->name = strdup(name);
	component->n_maps++;
	if (!map->name)
		return error_memory(error);
	if (bpf_map_get_info_by_fd(fd, &info, &size) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "the kernel tells nothing about map '%s': %s", name,
				 errno_name(errno));
	map->id = info.id;
	return 0;
}

static int allocate_maps(struct component *component, const struct bpf_object *opened,
			 struct error *error)
{
	const struct bpf_map *map;
	size_t count = 0;

	bpf_object__for_each_map(map, opened) count++;
	component->maps = calloc(count + 1, sizeof(*component->maps));
	return component->maps ? 0 : error_memory(error);
}

/* libbpf may have made no map, as with a .kconfig that nobody reads. */
static int take_maps(struct component *component, const struct order *order, struct error *error)
{
	const struct bpf_map *map;
	int result = allocate_maps(component, order->opened, error);

	bpf_object__for_each_map(map, order->opened)
	{
		int fd;

		if (result < 0)
			return result;
		if (bpf_map__fd(map) < 0)
			continue;
		fd = fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			return no_descriptor(component, -errno, error);
		result = add_map(component, bpf_map__name(map), fd, error);
		code_change_map(&component->code, bpf_map__fd(map), fd);
	}
	return result;
}

static int read_program(struct component *component, struct error *error)
{
	struct bpf_prog_info program = {};
	__u32 size = sizeof(program);

	if (bpf_prog_get_info_by_fd(component->fd, &program, &size) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "the kernel tells nothing about '%s': %s", component->program_name,
				 errno_name(errno));
	component->id = program.id;
	component->gpl_compatible = program.gpl_compatible;
	return 0;
}

/* What libbpf made becomes the component's own. */
static int take(struct component *component, const struct order *order, struct error *error)
{
	component->fd = fcntl(bpf_program__fd(order->program), F_DUPFD_CLOEXEC, 3);
	if (component->fd < 0)
		return no_descriptor(component, -errno, error);
	return take_maps(component, order, error) ?: read_program(component, error);
}

/* The name of a map's pin; to be freed. */
static char *map_pin(const char *map_name)
{
	char *name;

	return asprintf(&name, "map-%s", map_name) < 0 ? NULL : name;
}

int component_each_pin(const struct component *component, pin_visit visit, void *userdata)
{
	int result = visit(component->pins, "program", component->fd, userdata);

	for (size_t i = 0; result >= 0 && i < component->n_maps; i++) {
		cleanup(freep) char *name = map_pin(component->maps[i].name);

		result = name ? visit(component->pins, name, component->maps[i].fd, userdata)
			      : -ENOMEM;
	}
	return result;
}

static int pin(struct component *component, const struct pin_places *places, struct error *error)
{
	char name[16];
	int result;

	snprintf(name, sizeof(name), "%u", component->id);
	result = pins_new(places->components, name, &component->pins, error);
	if (result == 0)
		result = component_each_pin(component, pins_visit_add, error);
	return result;
}

int component_load(const struct object *object, const struct program_choice *choice,
		   const struct extension_target *target, const struct heritage *heritage,
		   const struct pin_places *places, struct component **ret, struct error *error)
{
	cleanup(component_release) struct component *component = NULL;
	cleanup(order_done) struct order order = {
		.object = object,
		.choice = choice,
		.target = target,
		.heritage = heritage,
		.places = places,
		.log = malloc(VERIFIER_LOG_SIZE),
	};
	int result;

	if (!order.log)
		return error_memory(error);
	result = component_new(object, choice->name, choice->frags, &component, error);
	if (result == 0)
		result = load_explained(component, &order, error);
	if (result == 0)
		result = take(component, &order, error);
	if (result == 0)
		result = pin(component, places, error);
	if (result == 0)
		*ret = steal(component);
	return result;
}

/* The maps of the opened object become those that are pinned. */
static int adopt_maps(struct component *component, const struct bpf_object *opened,
		      struct error *error)
{
	struct bpf_map *map;
	int result = allocate_maps(component, opened, error);

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
					 "map '%s' of '%s' cannot be taken over: %s",
					 bpf_map__name(map), component->program_name,
					 errno_name(fd));
		result = add_map(component, bpf_map__name(map), fd, error);
		if (result == 0)
			result = bpf_map__reuse_fd(map, fd);
		if (result == 0)
			result = bpf_map__set_pin_path(map, NULL);
		if (result < 0)
			return error_set(error, ERROR_KERNEL_REFUSED, result,
					 "map '%s' of '%s' cannot be taken over: %s",
					 bpf_map__name(map), component->program_name,
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
	struct messages messages;
	cleanup(freep) int *fds = calloc(component->n_maps + 1, sizeof(*fds));
	size_t n_maps = 0;
	const struct bpf_map *map;

	bpf_object__for_each_program(program, opened)
	{
		if (!chosen && !strcmp(bpf_program__name(program), component->program_name))
			chosen = program;
		else
			bpf_program__set_autoload(program, false);
	}
	bpf_object__for_each_map(map, opened)
	{
		if (fds && bpf_map__fd(map) >= 0)
			fds[n_maps++] = bpf_map__fd(map);
	}
	if (!chosen || !fds)
		return;
	bpf_program__set_type(chosen, BPF_PROG_TYPE_XDP);
	messages_begin(&messages);
	code_record_only_begin(&component->code, chosen);
	bpf_object__load(opened);
	code_record_end();
	messages_end(&messages);
	for (size_t i = 0; i < n_maps; i++)
		code_change_map(&component->code, fds[i], component->maps[i].fd);
}

static int adopt_program(struct component *component, const struct component_record *record,
			 const struct pin_places *places, struct error *error)
{
	char name[16];
	int result;

	snprintf(name, sizeof(name), "%u", record->id);
	result = pins_open(places->components, name, &component->pins, error);
	if (result < 0)
		return result;
	component->fd = pins_get(component->pins, "program");
	if (component->fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, component->fd,
				 "the program of '%s' cannot be taken over: %s",
				 component->program_name, errno_name(component->fd));
	return read_program(component, error);
}

int component_adopt(const struct object *object, const struct component_record *record,
		    const struct pin_places *places, struct component **ret, struct error *error)
{
	cleanup(component_release) struct component *component = NULL;
	cleanup(order_done) struct order order = {};
	int result;

	result = component_new(object, record->program_name, record->frags, &component, error);
	if (result == 0)
		result = adopt_program(component, record, places, error);
	if (result == 0 && object->blob.bytes) {
		result = object_open(object, NULL, &order.opened, error);
		if (result == 0)
			result = adopt_maps(component, order.opened, error);
		if (result == 0)
			recall_code(component, order.opened);
	}
	if (result < 0) {
		if (component)
			pins_keep(&component->pins); /* others may need them */
		return result;
	}
	component->work = record->work;
	*ret = steal(component);
	return 0;
}
