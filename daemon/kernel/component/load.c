#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/crash-point.h"
#include "daemon/kernel/component/code-description.h"
#include "daemon/kernel/component/code-recorder.h"
#include "daemon/kernel/component/component.h"
#include "daemon/kernel/component/device-bound.h"
#include "daemon/kernel/component/entry-wrapper.h"
#include "daemon/kernel/component/internal.h"
#include "daemon/kernel/component/map-reuse.h"
#include "daemon/kernel/component/set-globals.h"
#include "object/elf.h"
#include "object/extension.h"
#include "object/kfuncs.h"
#include "object/libbpf-log.h"
#include "object/load-error.h"
#include "object/signature.h"
#include "object/verifier-log.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What is to be loaded, and what is said about it. */
struct loading {
	const struct load_options *options;
	const struct extension_target *target; /* NULL: it becomes an XDP program */
	char *log;			       /* of the verifier */
	struct libbpf_log messages;
	struct bpf_object *opened;
	struct strings carried;	     /* maps that get the entries of the predecessor's */
	struct strings names;	     /* of its maps; libbpf calls those that it shares by others */
	struct bpf_program *program; /* of `opened` */
};

static void loading_done(struct loading *loading)
{
	bpf_object__close(loading->opened);
	strings_done(&loading->names);
	strings_done(&loading->carried);
	free(loading->log);
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
static bool prepare(struct loading *loading, const struct tail_callees *callees,
		    unsigned int log_level)
{
	const struct load_options *options = loading->options;
	__u32 flags = loading->target ? 0
				      : device_bound_flags(options->has_frags, options->bound_to);
	bool fills_arrays = false;
	struct bpf_program *program;

	bpf_object__for_each_program(program, loading->opened)
	{
		const char *name = bpf_program__name(program);
		bool chosen = !strcmp(name, options->spec->program);

		if (!chosen && !tail_callees_have(callees, name)) {
			bpf_program__set_autoload(program, false);
			continue;
		}
		set_type(program, BPF_PROG_TYPE_XDP, loading->target ? 0 : options->attach_type,
			 flags);
		bpf_program__set_ifindex(program, options->bound_to);
		bpf_program__set_log_buf(program, loading->log, VERIFIER_LOG_SIZE);
		fills_arrays |= !chosen;
		if (!chosen)
			continue;
		loading->program = program;
		bpf_program__set_log_level(program, log_level);
	}
	return fills_arrays;
}

static int note_names(struct loading *loading, struct error *error)
{
	const struct bpf_map *map;

	strings_done(&loading->names);
	bpf_object__for_each_map(map, loading->opened)
	{
		const char *name = bpf_map__name(map);

		if (strings_add(&loading->names, name, strlen(name)) < 0)
			return error_memory(error);
	}
	return 0;
}

/*
 * Those pins that libbpf is going to make, and not to find: it takes them back itself if it fails,
 * and the component does if no device comes to run it. Killed in between, they stay.
 */
static int note_new_names(struct component *component, const struct loading *loading,
			  struct error *error)
{
	const struct bpf_map *map;

	strings_done(&component->new_names);
	bpf_object__for_each_map(map, loading->opened)
	{
		const char *path = bpf_map__pin_path(map);

		if (path && access(path, F_OK) < 0 &&
		    strings_add(&component->new_names, path, strlen(path)) < 0)
			return error_memory(error);
	}
	return 0;
}

/* What the program takes, as its object says; false: the context alone, as XDP programs do. */
static bool needs_wrapper(const struct loading *loading, struct arguments *ret)
{
	const struct btf *btf = bpf_object__btf(loading->opened);
	struct signature function;

	if (!loading->options->spec->slot || loading->target || !btf ||
	    signature_find(btf, loading->options->spec->program, &function) < 0)
		return false;
	ret->count = signature_arguments(&function, &ret->context);
	return ret->count != 1 || ret->context != 0;
}

static int too_many_arguments(const struct loading *loading, size_t count, struct error *error)
{
	const struct component_spec *spec = loading->options->spec;

	return error_set(error, ERROR_BAD_OBJECT, -EINVAL,
			 "'%s' of %s has %zu arguments; the maximum is %d", spec->program,
			 spec->label, count, ARGUMENTS_MAX);
}

/* Also those that are pinned by name, and global data. */
static int give_maps(struct loading *loading, const struct component *owner, struct error *error)
{
	for (size_t i = 0; i < owner->n_maps; i++) {
		const struct component_map *given = &owner->maps[i];
		struct bpf_map *map = bpf_object__find_map_by_name(loading->opened, given->name);
		int result = map ? bpf_map__reuse_fd(map, given->fd) : -ENOENT;

		if (result == 0)
			result = bpf_map__set_pin_path(map, NULL);
		if (result < 0)
			return error_set(error, ERROR_KERNEL_REFUSED, result,
					 "map '%s' of %s cannot use the map given to it: %s",
					 given->name, loading->options->spec->label,
					 errno_name(result));
	}
	return 0;
}

static int get_maps(struct loading *loading, bool fills_arrays, struct error *error)
{
	const struct load_options *options = loading->options;
	int result;

	if (options->maps_of)
		return give_maps(loading, options->maps_of, error);
	result = map_share_use(options->maps, options->n_maps, loading->opened, fills_arrays,
			       options->spec->label, error);
	if (result == 0 && options->map_reuse)
		result = map_reuse_apply(
			options->map_reuse, loading->opened, fills_arrays, options->spec->label,
			!loading->target && options->has_frags, &loading->carried, error);
	return result;
}

/* A policy's slot has a signature of its own, which was compared already. */
static int choose_type(struct component *component, struct loading *loading, struct error *error)
{
	const struct load_options *options = loading->options;
	char **why = &component->no_extension;
	int result = 0;

	if (!loading->target)
		return 0;
	if (!options->policy)
		result = extension_find_obstacle(loading->opened, options->spec->program, why);
	if (result == 0 && !*why && !options->is_listed)
		result = extension_find_map_obstacle(loading->opened, options->frags, why);
	if (*why)
		loading->target = NULL;
	return result < 0 ? error_memory(error) : 0;
}

static int load(struct component *component, struct loading *loading, unsigned int log_level,
		struct error *error)
{
	cleanup(tail_callees_done) struct tail_callees callees = {};
	struct arguments arguments;
	bool fills_arrays, is_called;
	int result;

	bpf_object__close(steal(loading->opened));
	result = object_open(loading->options->object, loading->options->directories->map_root,
			     &loading->opened, error);
	if (result < 0)
		return result;
	result = choose_type(component, loading, error)
			 ?: note_names(loading, error)
			 ?: set_globals(loading->options->spec, loading->opened, error)
			 ?: tail_callees_read(&loading->options->object->blob, &callees, error);
	if (result < 0)
		return result;
	is_called = needs_wrapper(loading, &arguments);
	if (is_called && arguments.count > ARGUMENTS_MAX)
		return too_many_arguments(loading, arguments.count, error);
	loading->log[0] = '\0';
	fills_arrays = prepare(loading, &callees, log_level);
	result = get_maps(loading, fills_arrays, error);
	if (result == 0)
		result = note_new_names(component, loading, error);
	if (result < 0)
		return result;
	libbpf_log_begin(&loading->messages);
	code_recorder_begin(&component->code, loading->program, loading->target,
			    is_called ? &arguments : NULL);
	result = bpf_object__load(loading->opened);
	code_recorder_end();
	libbpf_log_end(&loading->messages);
	return result;
}

static int refused(int failure, const struct loading *loading, struct error *error)
{
	const struct load_error load_error = {
		.program = loading->options->spec->program,
		.label = loading->options->spec->label,
		.log = loading->log,
		.messages = loading->messages.text,
		.failure = failure,
		.opened = loading->opened,
	};

	return load_error_set(&load_error, error);
}

/* The kernel tells of a device that it does not like by an errno alone. */
static bool explain_binding(int failure, const struct loading *loading, struct error *error)
{
	const struct load_options *options = loading->options;
	cleanup(freep) char *subject = NULL;

	if (!options->bound_to ||
	    asprintf(&subject, "'%s' of %s", options->spec->program, options->spec->label) < 0)
		return false;
	return device_bound_explain(failure, subject, options->bound_to, error);
}

/*
 * Kernels have more rules for extensions than those that can be compared here, and not the same ones. What is
 * wrong with the program itself is found again, and told of the XDP program.
 */
static int load_as_program(struct component *component, struct loading *loading, int failure,
			   struct error *error)
{
	int length = component->code.n_functions
			     ? asprintf(&component->no_extension,
					"the kernel refuses to load it as an extension: %s",
					errno_name(failure))
			     : asprintf(&component->no_extension,
					"the kernel does not accept the type information (BTF) of "
					"its object");

	if (length < 0) {
		component->no_extension = NULL;
		return error_memory(error);
	}
	loading->target = NULL;
	return load(component, loading, VERIFIER_LOG_STATISTICS, error);
}

/*
 * The verifier's statistics are had with every load; its reasons, instruction by instruction, cost
 * much more, so that they are asked for in a second try, when there is something to explain. Of a
 * program that is too large there is nothing, but for more lines than a log can have.
 */
static int load_explained(struct component *component, struct loading *loading, struct error *error)
{
	int result = kfuncs_resolve_here(loading->options->object, &component->kfuncs, error)
			     ?: kfuncs_check(&component->kfuncs, loading->options->spec->label,
					     error);

	if (result < 0)
		return result;
	result = load(component, loading, VERIFIER_LOG_STATISTICS, error);
	if (result < 0 && result != -E2BIG && error->id == ERROR_NONE && loading->target)
		result = load_as_program(component, loading, result, error);
	if (result < 0 && result != -E2BIG && error->id == ERROR_NONE)
		result = load(component, loading, VERIFIER_LOG_REASONS, error);
	if (result < 0 && error->id == ERROR_NONE && explain_binding(result, loading, error))
		return result;
	if (result < 0 && error->id == ERROR_NONE)
		return refused(result, loading, error);
	if (result < 0)
		return result;
	verifier_work_read(loading->log, &component->work);
	crash_point("load");
	return component->code.instructions ? 0 : error_memory(error);
}

/* The maps of an object, as libbpf has them, and as the component does. */
struct taken_maps {
	size_t n_maps;
	int *from;
	int *to;
};

static void taken_maps_done(struct taken_maps *maps)
{
	free(maps->from);
	free(maps->to);
}

static int take_map(struct component *component, const struct bpf_map *map, const char *name,
		    struct taken_maps *maps, struct error *error)
{
	int fd = fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return component_no_descriptor(component, -errno, error);
	maps->from[maps->n_maps] = bpf_map__fd(map);
	maps->to[maps->n_maps++] = fd;
	return component_add_map(component, name, fd, error);
}

/* libbpf may have made no map, as with a .kconfig that nobody reads. */
static int take_maps(struct component *component, const struct loading *loading,
		     struct taken_maps *maps, struct error *error)
{
	const struct bpf_map *map;
	size_t number = 0;
	int result = component_allocate_maps(component, loading->opened, error);

	maps->from = calloc(loading->names.n_items + 1, sizeof(*maps->from));
	maps->to = calloc(loading->names.n_items + 1, sizeof(*maps->to));
	if (!maps->from || !maps->to)
		return error_memory(error);
	bpf_object__for_each_map(map, loading->opened)
	{
		const char *name = loading->names.items[number++];

		if (result == 0 && bpf_map__fd(map) >= 0)
			result = take_map(component, map, name, maps, error);
	}
	return result;
}

static int refuse_maps(const struct loading *loading, const char *program, struct error *error)
{
	return error_set(error, ERROR_BAD_OBJECT, -ENOENT,
			 "'%s' of %s uses a map by the number of a file descriptor; a program may "
			 "use only the maps of its object",
			 program, loading->options->spec->label);
}

/*
 * An instruction can name any descriptor of this process, and so a map of another component. Those that
 * libbpf wrote are of the object's own maps.
 */
static int check_maps(const struct loading *loading, const struct map_changes *maps,
		      struct error *error)
{
	struct bpf_program *program;
	int result = 0;

	bpf_object__for_each_program(program, loading->opened)
	{
		if (result == 0 && bpf_program__fd(program) >= 0)
			result = code_check_maps(bpf_program__insns(program),
						 bpf_program__insn_cnt(program), maps);
		if (result == -ENOENT)
			return refuse_maps(loading, bpf_program__name(program), error);
	}
	return result < 0 ? error_memory(error) : 0;
}

/* What libbpf made becomes the component's own. */
static int take(struct component *component, const struct loading *loading, struct error *error)
{
	cleanup(taken_maps_done) struct taken_maps taken = {};
	struct map_changes changes;
	int result;

	component->fd = fcntl(bpf_program__fd(loading->program), F_DUPFD_CLOEXEC, 3);
	if (component->fd < 0)
		return component_no_descriptor(component, -errno, error);
	result = take_maps(component, loading, &taken, error);
	if (result < 0)
		return result;
	component->has_frags = !loading->target && loading->options->has_frags;
	changes = (struct map_changes){ taken.n_maps, taken.from, taken.to };
	result = check_maps(loading, &changes, error);
	if (result == 0 && (program_code_change_maps(&component->code, &changes) < 0 ||
			    code_description_add(&component->code, component->spec.program) < 0))
		result = error_memory(error);
	return result ?: component_read_program(component, error);
}

static int carry_entries(struct component *component, struct loading *loading, struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < loading->carried.n_items; i++)
		result = map_reuse_carry(loading->options->map_reuse, component,
					 loading->carried.items[i], error);
	if (result == 0) {
		component->carried = loading->carried;
		loading->carried = (struct strings){};
	}
	return result;
}

int component_load(const struct load_options *options, const struct extension_target *target,
		   struct component **ret, struct error *error)
{
	cleanup(component_release) struct component *component = NULL;
	cleanup(loading_done) struct loading loading = {
		.options = options,
		.target = target,
		.log = malloc(VERIFIER_LOG_SIZE),
	};
	int result;

	if (!loading.log)
		return error_memory(error);
	result = component_new(options->spec, options->frags, &component, error);
	if (result == 0)
		result = load_explained(component, &loading, error);
	if (result == 0)
		result = take(component, &loading, error);
	if (result == 0)
		result = carry_entries(component, &loading, error);
	if (result == 0)
		result = component_pin(component, options->directories, error);
	if (result == 0)
		*ret = steal(component);
	return result;
}
