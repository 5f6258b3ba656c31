// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/crash-point.h"
#include "daemon/kernel/component/code-description.h"
#include "daemon/kernel/component/component.h"
#include "daemon/kernel/component/device-bound.h"
#include "daemon/kernel/component/internal.h"
#include "daemon/kernel/component/map-reuse.h"
#include "daemon/kernel/component/named-pins.h"
#include "daemon/kernel/component/opened.h"
#include "daemon/kernel/info/map-info.h"

#include <stdio.h>

/* The state of one load. */
struct loading {
	const struct load_options *options;
	const struct extension_target *target; /* NULL: it becomes an XDP program */
	struct opened opened;
	struct strings carried; /* names of maps that get the entries of the predecessor's map */
};

static void loading_done(struct loading *loading)
{
	opened_close(&loading->opened);
	strings_done(&loading->carried);
}

/* A program for a slot needs a wrapper if its slot is not declared like an XDP program. */
static bool needs_wrapper(const struct loading *loading)
{
	const struct opened *opened = &loading->opened;

	return loading->options->spec->slot && !loading->target && opened->has_function &&
	       (opened->arguments.count != 1 || opened->arguments.context != 0);
}

static int check_arguments(const struct loading *loading, struct error *error)
{
	const struct component_spec *spec = loading->options->spec;
	size_t count = loading->opened.arguments.count;

	if (!needs_wrapper(loading) || count <= ARGUMENTS_MAX)
		return 0;
	return error_set(error, ERROR_BAD_OBJECT, -EINVAL,
			 "'%s' of %s has %zu arguments; the maximum is %d", spec->program,
			 spec->label, count, ARGUMENTS_MAX);
}

/* Includes maps that are pinned by name, and global data. */
static int give_maps(struct opened *opened, const struct component *owner,
		     const struct component_spec *spec, struct error *error)
{
	for (size_t i = 0; i < owner->n_maps; i++) {
		const struct component_map *given = &owner->maps[i];
		struct opened_map *map = opened_find_map(opened, given->name);
		int result = map ? opened_use_map(opened, map, given->fd) : -ENOENT;

		if (result < 0)
			return error_set(error, ERROR_KERNEL_REFUSED, result,
					 "map '%s' of %s cannot use the map given to it: %s",
					 given->name, spec->label, errno_name(result));
		map->is_pinned = false;
	}
	return 0;
}

/*
 * Before the kernel creates any map. Maps that are pinned by their names belong to no component: other programs use
 * them, too.
 */
static int check_limits(const struct loading *loading, struct error *error)
{
	const struct component_limits *limits = loading->options->limits;
	const struct component_spec *spec = loading->options->spec;
	const struct opened *opened = &loading->opened;
	uint64_t bytes = 0;

	for (size_t i = 0; limits && i < opened->n_maps; i++) {
		const struct opened_map *map = &opened->maps[i];

		if (map->is_given)
			continue;
		if (map->is_pinned)
			return error_set(
				error, ERROR_NO_PERMISSION, -EPERM,
				"map '%s' of %s asks to be pinned by its name "
				"(LIBBPF_PIN_BY_NAME), which a client that may change only "
				"components of owner '%s' cannot do (setting 'owner')",
				map->name, spec->label, limits->owner);
		if (__builtin_add_overflow(bytes,
					   map_bytes_when_full(map->type, map->key_size,
							       map->value_size, map->max_entries),
					   &bytes))
			bytes = UINT64_MAX;
	}
	if (!limits || bytes <= limits->map_bytes)
		return 0;
	return error_set(
		error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
		"the maps of %s take %llu bytes, and those of all components of owner '%s' "
		"may take %llu (map-bytes in the setting 'owner')",
		spec->label, (unsigned long long)bytes, limits->owner,
		(unsigned long long)limits->map_bytes);
}

static int get_maps(struct loading *loading, struct error *error)
{
	const struct load_options *options = loading->options;
	struct opened *opened = &loading->opened;
	const struct map_user user = {
		.extension = loading->target != NULL,
		.has_frags = !loading->target && options->has_frags,
	};
	int result;

	if (options->maps_of)
		return give_maps(opened, options->maps_of, options->spec, error);
	result = map_share_use(options->maps, options->n_maps, opened, options->spec->label, error);
	if (result == 0 && options->map_reuse)
		result = map_reuse_apply(options->map_reuse, opened, options->spec->label, &user,
					 &loading->carried, error);
	return result ?: check_limits(loading, error) ?: named_pins_use(opened, options->directories, options->spec, error);
}

/*
 * The kernel accepts no flags and no attach type for an extension. Programs that it tail-calls must not have
 * any either, or the kernel does not consider them compatible (kernel/bpf/core.c,
 * bpf_prog_map_compatible()).
 */
static void set_up_broker(struct loading *loading)
{
	const struct load_options *options = loading->options;
	struct component_broker *broker = &loading->opened.broker;

	broker->chosen.target = loading->target;
	broker->chosen.arguments = needs_wrapper(loading) ? &loading->opened.arguments : NULL;
	broker->calls.bound_to = options->bound_to;
	if (loading->target)
		return;
	broker->calls.attach_type = options->attach_type;
	broker->calls.flags = device_bound_flags(options->has_frags, options->bound_to);
}

/* If the kernel does not accept the device, it says so only by an errno. */
static void explain_binding(int failure, const struct loading *loading, struct error *error)
{
	const struct load_options *options = loading->options;
	cleanup(error_done) struct error explained = {};
	cleanup(freep) char *subject = NULL;

	if (!options->bound_to ||
	    asprintf(&subject, "'%s' of %s", options->spec->program, options->spec->label) < 0)
		return;
	if (device_bound_explain(failure, subject, options->bound_to, &explained) && error)
		error_move(error, &explained);
}

/* The signature of a policy's slot was compared before. */
static int choose_type(struct component *component, struct loading *loading, struct error *error)
{
	const struct load_options *options = loading->options;
	const char *why = loading->opened.need_obstacle;

	if (!loading->target)
		return 0;
	if (!why && !options->policy)
		why = loading->opened.obstacle;
	if (!why && !options->prefers_extension)
		why = loading->opened.map_obstacle;
	if (!why)
		return 0;
	loading->target = NULL;
	component->no_extension = strdup(why);
	return component->no_extension ? 0 : error_memory(error);
}

/* The reason is a clause about the program. */
static int refuse_program(const struct loading *loading, const struct error *reason,
			  struct error *error)
{
	const struct load_options *options = loading->options;
	const struct component_limits *limits = options->limits;

	error_done(error);
	if (reason->id != ERROR_NO_PERMISSION || !limits)
		return error_set(error, reason->id, reason->number, "'%s' of %s %s",
				 options->spec->program, options->spec->label,
				 reason->message ?: "cannot be checked");
	return error_set(
		error, reason->id, reason->number,
		"'%s' cannot be loaded: '%s' of %s %s, and a component that members attach "
		"for owner '%s' must not be able to read memory of the kernel; ask an "
		"administrator to attach it (setting 'owner')",
		limits->name, options->spec->program, options->spec->label, reason->message,
		limits->owner);
}

static int open_and_load(struct component *component, struct loading *loading, struct error *error)
{
	const struct load_options *options = loading->options;
	const struct error *refusal = &loading->opened.broker.calls.refusal;
	int result;

	opened_close(&loading->opened);
	result = opened_open(options->object, options->spec, options->frags, true,
			     &loading->opened, error)
			 ?: choose_type(component, loading, error)
			 ?: check_arguments(loading, error) ?: get_maps(loading, error);
	if (result < 0)
		return result;
	set_up_broker(loading);
	result = opened_load(&loading->opened, options->spec, loading->target, error);
	if (result < 0 && refusal->id)
		return refuse_program(loading, refusal, error);
	return result;
}

static bool is_refused_by_kernel(const struct error *error)
{
	return error->id == ERROR_VERIFIER_REJECTED || error->id == ERROR_KERNEL_REFUSED;
}

/*
 * The kernel has more rules for extensions than can be compared here, and they depend on its version. If the
 * program itself is at fault, it fails again as an XDP program, and the error is about that.
 */
static int load_as_program(struct component *component, struct loading *loading, int failure,
			   struct error *error)
{
	int length = loading->opened.broker.chosen.code.n_functions
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
	return open_and_load(component, loading, error);
}

static int load(struct component *component, struct loading *loading, struct error *error)
{
	cleanup(error_done) struct error failure = {};
	int result = open_and_load(component, loading, &failure);

	if (result < 0 && result != -E2BIG && loading->target &&
	    loading->opened.broker.chosen.n_attempts && is_refused_by_kernel(&failure)) {
		error_done(&failure);
		result = load_as_program(component, loading, result, &failure);
	}
	if (result < 0) {
		explain_binding(result, loading, &failure);
		named_pins_explain(&loading->opened, loading->options->directories,
				   loading->options->spec, &failure);
	}
	if (result < 0 && error)
		error_move(error, &failure);
	return result;
}

static int take_maps(struct component *component, struct opened *opened, struct error *error)
{
	int result = component_allocate_maps(component, opened->n_maps, error);

	for (size_t i = 0; result == 0 && i < opened->n_maps; i++) {
		const struct opened_map *map = &opened->maps[i];
		struct brokered *made = broker_find(&opened->broker.calls, map->handle,
						    BROKERED_MAP);

		/*
		 * libbpf does not create every map, for example a .kconfig section that no program reads
		 */
		if (made)
			result = component_add_map(component, map->name, steal_fd(&made->fd),
						   error);
	}
	return result;
}

/* The descriptors in the instructions move to the component with its maps. */
static int take(struct component *component, struct opened *opened, struct error *error)
{
	struct component_broker *broker = &opened->broker;
	struct brokered *program = broker_find(&broker->calls, opened->program, BROKERED_PROGRAM);

	component->fd = steal_fd(&program->fd);
	component->code = broker->chosen.code;
	component->work = broker->calls.work;
	component->kfuncs = opened->kfuncs;
	broker->chosen.code = (struct program_code){};
	opened->kfuncs = (struct kfuncs){};
	component->needs = opened->needs;
	opened->needs = (struct strings){};
	if (code_description_add(&component->code, component->spec.program) < 0)
		return error_memory(error);
	return take_maps(component, opened, error) ?: component_read_program(component, error);
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
	cleanup(loading_done) struct loading loading = { .options = options, .target = target };
	int result;

	loading.opened.conversation.fd = -1;
	result = component_new(options->spec, options->frags, &component, error);
	if (result == 0)
		result = load(component, &loading, error);
	if (result == 0)
		result = named_pins_add(&loading.opened, options->directories->map_root,
					options->spec, &component->new_names, error);
	crash_point("load");
	if (result == 0)
		result = take(component, &loading.opened, error);
	if (result == 0) {
		if (component->extension)
			component->map_limit = steal(loading.opened.map_obstacle);
		component->has_frags = !loading.target && options->has_frags;
		result = carry_entries(component, &loading, error);
	}
	if (result == 0)
		result = component_pin(component, options->directories, error);
	if (result == 0)
		*ret = steal(component);
	return result;
}
