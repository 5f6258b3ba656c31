#include "base/cleanup.h"
#include "base/crash.h"
#include "daemon/kernel/component-parts.h"
#include "object/elf.h"
#include "object/messages.h"
#include "object/verifier.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <string.h>

/* What is to be loaded, and what is said about it. */
struct order {
	const struct object *object;
	const struct program_choice *choice;
	const struct extension_target *target;
	enum bpf_attach_type attach_type; /* unless there is a target */
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
		set_type(program, BPF_PROG_TYPE_XDP, order->target ? 0 : order->attach_type, flags);
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

/* libbpf may have made no map, as with a .kconfig that nobody reads. */
static int take_maps(struct component *component, const struct order *order, struct error *error)
{
	const struct bpf_map *map;
	int result = component_allocate_maps(component, order->opened, error);

	bpf_object__for_each_map(map, order->opened)
	{
		int fd;

		if (result < 0)
			return result;
		if (bpf_map__fd(map) < 0)
			continue;
		fd = fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			return component_no_descriptor(component, -errno, error);
		result = component_add_map(component, bpf_map__name(map), fd, error);
		code_change_map(&component->code, bpf_map__fd(map), fd);
	}
	return result;
}

/* What libbpf made becomes the component's own. */
static int take(struct component *component, const struct order *order, struct error *error)
{
	component->fd = fcntl(bpf_program__fd(order->program), F_DUPFD_CLOEXEC, 3);
	if (component->fd < 0)
		return component_no_descriptor(component, -errno, error);
	return take_maps(component, order, error) ?: component_read_program(component, error);
}

int component_load(const struct object *object, const struct program_choice *choice,
		   const struct extension_target *target, enum bpf_attach_type attach_type,
		   const struct heritage *heritage, const struct pin_places *places,
		   struct component **ret, struct error *error)
{
	cleanup(component_release) struct component *component = NULL;
	cleanup(order_done) struct order order = {
		.object = object,
		.choice = choice,
		.target = target,
		.attach_type = attach_type,
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
		result = component_pin(component, places, error);
	if (result == 0)
		*ret = steal(component);
	return result;
}
