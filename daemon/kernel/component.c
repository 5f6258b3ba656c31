#define _GNU_SOURCE
#include "daemon/kernel/component.h"

#include "base/cleanup.h"
#include "daemon/kernel/elf.h"
#include "daemon/kernel/messages.h"
#include "daemon/kernel/pins.h"
#include "daemon/kernel/verifier.h"

#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>

static void component_destroy(struct node *node)
{
	struct component *component = (struct component *)node;

	pins_drop(&component->pins);
	code_done(&component->code);
	for (size_t i = 0; i < component->n_maps; i++)
		free(component->maps[i].name);
	free(component->maps);
	bpf_object__close(component->object);
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

static void set_type(struct bpf_program *program, enum bpf_prog_type type,
		     enum bpf_attach_type attach_type, __u32 flags)
{
	bpf_program__set_type(program, type);
	bpf_program__set_expected_attach_type(program, attach_type);
	bpf_program__set_flags(program, flags);
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
};

/*
 * Of all programs in the object only the chosen one is loaded, and those it jumps to. An extension
 * takes no flags and no attach type, and then neither may the programs it jumps to, or the kernel
 * finds that they do not match (kernel/bpf/core.c, bpf_prog_map_compatible()). Are there any?
 */
static bool prepare(struct component *component, const struct order *order, unsigned int log_level)
{
	__u32 flags = order->choice->frags && !order->target ? BPF_F_XDP_HAS_FRAGS : 0;
	bool fills_arrays = false;
	struct bpf_program *program;

	bpf_object__for_each_program(program, component->object)
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
		component->program = program;
		bpf_program__set_log_level(program, log_level);
	}
	return fills_arrays;
}

static int load(struct component *component, struct order *order, unsigned int log_level,
		struct error *error)
{
	bool fills_arrays;
	int result;

	bpf_object__close(steal(component->object));
	result = object_open(order->object, order->places->map_root, &component->object, error);
	if (result < 0)
		return result;
	order->log[0] = '\0';
	fills_arrays = prepare(component, order, log_level);
	if (order->heritage)
		result = heritage_take(order->heritage, component->object, fills_arrays,
				       order->object->label, error);
	if (result < 0)
		return result;
	messages_begin(&order->messages);
	code_record_begin(&component->code, component->program, order->target);
	result = bpf_object__load(component->object);
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
	return component->code.instructions ? 0 : error_memory(error);
}

static int read_ids(struct component *component, struct error *error)
{
	struct bpf_prog_info program = {};
	__u32 size = sizeof(program);
	struct bpf_map *map;

	component->fd = bpf_program__fd(component->program);
	if (bpf_prog_get_info_by_fd(component->fd, &program, &size) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "the kernel tells nothing about '%s': %s", component->program_name,
				 errno_name(errno));
	component->id = program.id;
	component->gpl_compatible = program.gpl_compatible;
	bpf_object__for_each_map(map, component->object) component->n_maps++;
	component->maps = calloc(component->n_maps + 1, sizeof(*component->maps));
	if (!component->maps)
		return error_memory(error);
	component->n_maps = 0;
	bpf_object__for_each_map(map, component->object)
	{
		struct component_map *entry = &component->maps[component->n_maps];
		struct bpf_map_info info = {};

		size = sizeof(info);
		if (bpf_map__fd(map) < 0 ||
		    bpf_map_get_info_by_fd(bpf_map__fd(map), &info, &size) < 0)
			continue; /* libbpf made none, as with a .kconfig nobody reads */
		entry->name = strdup(bpf_map__name(map));
		if (!entry->name)
			return error_memory(error);
		entry->id = info.id;
		component->n_maps++;
	}
	return 0;
}

static int pin(struct component *component, const struct pin_places *places, struct error *error)
{
	struct bpf_map *map;
	char name[16];
	int result;

	snprintf(name, sizeof(name), "%u", component->id);
	result = pins_new(places->components, name, &component->pins, error);
	if (result == 0)
		result = pins_add(component->pins, "program", component->fd, error);
	bpf_object__for_each_map(map, component->object)
	{
		cleanup(freep) char *map_name = NULL;

		if (result < 0)
			return result;
		if (bpf_map__fd(map) < 0)
			continue;
		if (asprintf(&map_name, "map-%s", bpf_map__name(map)) < 0)
			return error_memory(error);
		result = pins_add(component->pins, map_name, bpf_map__fd(map), error);
	}
	return result;
}

int component_load(const struct object *object, const struct program_choice *choice,
		   const struct extension_target *target, const struct heritage *heritage,
		   const struct pin_places *places, struct component **ret, struct error *error)
{
	cleanup(component_release) struct component *component = NULL;
	struct component *fresh = calloc(1, sizeof(*fresh));
	cleanup(freep) char *log = malloc(VERIFIER_LOG_SIZE);
	struct order order = { object, choice, target, heritage, places, log, {} };
	int result;

	if (!fresh || !log) {
		free(fresh);
		return error_memory(error);
	}
	if (node_init(&fresh->node, &component_type, 0, NULL) < 0) {
		free(fresh);
		return error_memory(error);
	}
	component = fresh;
	component->frags = choice->frags;
	strcpy(component->sha256, object->sha256);
	strcpy(component->program_name, choice->name);
	result = load_explained(component, &order, error);
	if (result == 0)
		result = read_ids(component, error);
	if (result == 0)
		result = pin(component, places, error);
	if (result == 0)
		*ret = steal(component);
	return result;
}
