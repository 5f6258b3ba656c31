// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "object/object.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "object/elf.h"
#include "object/libbpf-log.h"
#include "object/load-error.h"
#include "object/signature.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <xdp/libxdp.h>

/* How many programs an error lists, and how much of each name: a hostile object has many, and long ones. */
#define LISTED_MAX	20
#define LISTED_NAME_MAX 64
#define MAP_NAME_MAX	200 /* bytes; with the prefix of xdpd's pins, still a file name */

/* A map is pinned as a file of its name, and the name comes from the object's author. */
static const char *why_no_file(const char *name)
{
	if (!*name)
		return "it is empty";
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return "it means a directory";
	if (strchr(name, '/'))
		return "it has a '/'";
	return strlen(name) > MAP_NAME_MAX ? "it is too long" : NULL;
}

static int check_map_names(const struct object *object, const struct bpf_object *opened,
			   struct error *error)
{
	const struct bpf_map *map;

	bpf_object__for_each_map(map, opened)
	{
		const char *name = bpf_map__name(map);
		const char *why = why_no_file(name);

		if (why)
			return error_set(error, ERROR_BAD_OBJECT, -EINVAL,
					 "the map '%.80s' of %s cannot be pinned by its name: %s; "
					 "rename it in the source",
					 name, object->label, why);
	}
	return 0;
}

int object_open(const struct object *object, const char *map_root, struct bpf_object **ret,
		struct error *error)
{
	cleanup(libbpf_log_end) struct libbpf_log messages;
	cleanup(freep) char *name = strdup(object->label);
	LIBBPF_OPTS(bpf_object_open_opts, options, .pin_root_path = map_root);
	struct bpf_object *opened;
	int result;

	if (!name)
		return error_memory(error);
	name[strcspn(name, ".")] = '\0'; /* libbpf uses it in the names of data maps */
	options.object_name = name;
	libbpf_log_begin(&messages);
	opened = bpf_object__open_mem(object->blob.bytes, object->blob.size, &options);
	if (!opened) {
		int failure = -errno;
		const struct load_error load_error = { .log = "", .messages = messages.text };
		cleanup(freep) char *meaning = load_error_explain(&load_error);

		error_set(error, ERROR_BAD_OBJECT, failure, "libbpf cannot read %s%s%s",
			  object->label, meaning ? ": " : "", meaning ?: "");
		error_detail(error, messages.text);
		return failure;
	}
	result = check_map_names(object, opened, error);
	if (result < 0) {
		bpf_object__close(opened);
		return result;
	}
	*ret = opened;
	return 0;
}

static void object_closep(struct bpf_object **object)
{
	bpf_object__close(*object);
}

static bool section_has_prefix(const struct bpf_program *program, const char *prefix)
{
	const char *section = bpf_program__section_name(program);
	size_t length = strlen(prefix);

	return !strncmp(section, prefix, length) && (!section[length] || section[length] == '/');
}

/* Programs that entries of device and CPU maps run; they are never attached. */
static bool is_for_map(const struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program);

	return section_has_prefix(program, "xdp/devmap") ||
	       section_has_prefix(program, "xdp/cpumap") ||
	       section_has_prefix(program, "xdp.frags/devmap") ||
	       section_has_prefix(program, "xdp.frags/cpumap") ||
	       !strncmp(section, "xdp_devmap", strlen("xdp_devmap")) ||
	       !strncmp(section, "xdp_cpumap", strlen("xdp_cpumap"));
}

/* object_init() registered the sections "xdp/..." and "freplace/..."; "xdp_..." is the old form. */
static bool is_xdp(const struct bpf_program *program)
{
	if (is_for_map(program))
		return false;
	if (bpf_program__type(program) == BPF_PROG_TYPE_UNSPEC)
		return !strncmp(bpf_program__section_name(program), "xdp", strlen("xdp"));
	return bpf_program__type(program) == BPF_PROG_TYPE_XDP;
}

static const char *const kind_names[] = {
	[PROGRAM_XDP] = "xdp",
	[PROGRAM_TAIL_CALLEE] = "tail_callee",
	[PROGRAM_FOR_MAP] = "map_entry",
	[PROGRAM_OTHER] = "other",
};
static_assert(array_size(kind_names) == PROGRAM_KIND_COUNT, "every kind has a name");

const char *program_kind_name(enum program_kind kind)
{
	assert(kind >= 0 && kind < PROGRAM_KIND_COUNT);
	return kind_names[kind];
}

enum program_kind object_program_kind(const struct tail_callees *callees,
				      const struct bpf_program *program)
{
	if (is_for_map(program))
		return PROGRAM_FOR_MAP;
	if (!is_xdp(program))
		return PROGRAM_OTHER;
	return tail_callees_have(callees, bpf_program__name(program)) ? PROGRAM_TAIL_CALLEE
								      : PROGRAM_XDP;
}

/* What programs of other types are for, and what to do with them. */
static const struct {
	enum bpf_prog_type type;
	const char *advice;
} advices[] = {
	{ BPF_PROG_TYPE_TRACING,
	  "it observes a function (fentry, fexit) and cannot be part of a chain; attach it with "
	  "its own "
	  "loader, to a program whose prog_id 'xdpctl status --json' shows" },
	{ BPF_PROG_TYPE_SCHED_CLS, "attach it with tc, or with its own loader" },
	{ BPF_PROG_TYPE_SCHED_ACT, "attach it with tc, or with its own loader" },
};

static const char *find_advice(enum bpf_prog_type type)
{
	for (size_t i = 0; i < array_size(advices); i++)
		if (advices[i].type == type)
			return advices[i].advice;
	return NULL;
}

static int wrong_type(const struct object *object, const struct bpf_program *program,
		      struct error *error)
{
	const char *type = libbpf_bpf_prog_type_str(bpf_program__type(program));
	const char *advice = find_advice(bpf_program__type(program));

	if (is_for_map(program))
		return error_set(error, ERROR_WRONG_PROGRAM_TYPE, -EINVAL,
				 "program '%s' of %s is for entries of device or CPU maps (section "
				 "'%s'), not for a device",
				 bpf_program__name(program), object->label,
				 bpf_program__section_name(program));
	return error_set(
		error, ERROR_WRONG_PROGRAM_TYPE, -EINVAL,
		"program '%s' of %s is not an XDP program: its section '%s' makes it type %s%s%s",
		bpf_program__name(program), object->label, bpf_program__section_name(program),
		type ? type : "unknown", advice ? "; " : "", advice ?: "");
}

/* The contexts of other program types than XDP, which have extensions. */
static const char *const other_contexts[] = { "__sk_buff",	   "bpf_sock",	 "bpf_sock_addr",
					      "bpf_sock_ops",	   "sk_msg_md",	 "sk_reuseport_md",
					      "bpf_sk_lookup",	   "bpf_sysctl", "bpf_sockopt",
					      "bpf_cgroup_dev_ctx" };

/*
 * libbpf takes a program of this section for an extension, and xdpd for one of an XDP program's function. Which program
 * it extends is not in the object, but an extension gets the context of that program.
 */
static int check_extension(const struct object *object, const struct bpf_object *opened,
			   const struct bpf_program *program, struct error *error)
{
	const struct btf *btf = bpf_object__btf(opened);
	cleanup(freep) char *declaration = NULL;
	struct signature function;

	if (!section_has_prefix(program, "freplace") || !btf ||
	    signature_find(btf, bpf_program__name(program), &function) < 0)
		return 0;
	for (size_t i = 0; i < array_size(other_contexts); i++) {
		if (!signature_points_to(&function, other_contexts[i]))
			continue;
		declaration = signature_format(&function);
		return error_set(
			error, ERROR_WRONG_PROGRAM_TYPE, -EINVAL,
			"program '%s' of %s extends a program of another type: it is declared as "
			"'%s', and extensions of XDP programs get 'struct xdp_md *'; attach it "
			"with "
			"the loader of the program that it extends",
			bpf_program__name(program), object->label, declaration ?: "?");
	}
	return 0;
}

/* "'a', 'b', 'c'": the candidates, or, without `callees`, all programs. The caller frees it. */
static char *list_programs(const struct bpf_object *opened, const struct tail_callees *callees)
{
	struct bpf_program *program;
	char *list = NULL;
	size_t count = 0;

	bpf_object__for_each_program(program, opened)
	{
		char name[LISTED_NAME_MAX];

		if (callees && object_program_kind(callees, program) != PROGRAM_XDP)
			continue;
		snprintf(name, sizeof(name), "'%.*s'", LISTED_NAME_MAX - 3,
			 bpf_program__name(program));
		if (++count > LISTED_MAX || names_append(&list, name) < 0) {
			names_append(&list, "...");
			break;
		}
	}
	return list;
}

static int find_named(const struct object *object, const struct bpf_object *opened,
		      const char *name, struct bpf_program **ret, struct error *error)
{
	struct bpf_program *program = bpf_object__find_program_by_name(opened, name);
	cleanup(freep) char *others = NULL;

	if (!program) {
		others = list_programs(opened, NULL);
		return error_set(error, ERROR_NO_SUCH_PROGRAM, -ENOENT,
				 "%s has no program '%s'%s%s", object->label, name,
				 others ? "; it has " : "", others ?: "");
	}
	if (is_for_map(program) || (bpf_program__type(program) != BPF_PROG_TYPE_XDP &&
				    bpf_program__type(program) != BPF_PROG_TYPE_UNSPEC))
		return wrong_type(object, program, error);
	*ret = program;
	return 0;
}

static int find_only(const struct object *object, const struct bpf_object *opened,
		     struct bpf_program **ret, struct error *error)
{
	cleanup(tail_callees_done) struct tail_callees callees = {};
	struct bpf_program *program, *found = NULL, *other = NULL;
	cleanup(freep) char *names = NULL;
	int result = tail_callees_read(&object->blob, &callees, error);

	if (result < 0)
		return result;
	bpf_object__for_each_program(program, opened)
	{
		enum program_kind kind = object_program_kind(&callees, program);

		if (kind != PROGRAM_XDP) {
			if (kind != PROGRAM_TAIL_CALLEE)
				other = program;
			continue;
		}
		if (!found) {
			found = program;
			continue;
		}
		names = list_programs(opened, &callees);
		return error_set(error, ERROR_PROGRAM_AMBIGUOUS, -EINVAL,
				 "%s has several XDP programs (%s); choose one with --prog",
				 object->label, names ? names : "?");
	}
	if (!found && other)
		return wrong_type(object, other, error);
	if (!found)
		return error_set(error, ERROR_NO_SUCH_PROGRAM, -ENOENT, "%s contains no program",
				 object->label);
	*ret = found;
	return 0;
}

static void program_closep(struct xdp_program **program)
{
	if (*program)
		xdp_program__close(*program);
}

/* libxdp defines XDP_RUN_CONFIG, so libxdp reads it. */
static int read_run_config(const struct object *object, struct bpf_object *opened,
			   struct program_choice *choice, struct error *error)
{
	cleanup(program_closep) struct xdp_program *program = NULL;
	DECLARE_LIBXDP_OPTS(xdp_program_opts, options, .obj = opened, .prog_name = choice->name);
	long failure;

	program = xdp_program__create(&options);
	failure = libxdp_get_error(program);
	if (failure) {
		program = NULL;
		return error_set(error, ERROR_BAD_OBJECT, failure,
				 "cannot read XDP_RUN_CONFIG of '%s' in %s: %s", choice->name,
				 object->label, errno_name(failure));
	}
	choice->priority = xdp_program__run_prio(program);
	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		if (xdp_program__chain_call_enabled(program, (enum xdp_action)verdict))
			choice->proceed |= VERDICT_BIT(verdict);
	if (choice->priority > PRIORITY_MAX)
		return error_set(error, ERROR_BAD_OBJECT, -ERANGE,
				 "XDP_RUN_CONFIG of '%s' in %s has priority %u; the maximum is %d",
				 choice->name, object->label, choice->priority, PRIORITY_MAX);
	return 0;
}

int object_choose_opened(const struct object *object, struct bpf_object *opened, const char *name,
			 struct program_choice *ret, struct error *error)
{
	struct program_choice choice = {};
	struct bpf_program *program = NULL;
	int result;

	result = name ? find_named(object, opened, name, &program, error)
		      : find_only(object, opened, &program, error);
	if (result == 0)
		result = check_extension(object, opened, program, error);
	if (result < 0)
		return result;
	if (strlen(bpf_program__name(program)) >= sizeof(choice.name))
		return error_set(error, ERROR_BAD_OBJECT, -ENAMETOOLONG,
				 "the name of program '%s' in %s has more than %zu characters",
				 bpf_program__name(program), object->label,
				 sizeof(choice.name) - 1);
	strcpy(choice.name, bpf_program__name(program));
	choice.frags = section_has_prefix(program, "xdp.frags");
	choice.extension = section_has_prefix(program, "freplace");
	result = read_run_config(object, opened, &choice, error);
	if (result < 0)
		return result;
	*ret = choice;
	return 0;
}

int object_choose(const struct object *object, const char *name, struct program_choice *ret,
		  struct error *error)
{
	cleanup(object_closep) struct bpf_object *opened = NULL;
	int result = object_open(object, NULL, &opened, error);

	return result < 0 ? result : object_choose_opened(object, opened, name, ret, error);
}
