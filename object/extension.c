// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "object/extension.h"

#include "base/cleanup.h"
#include "object/signature.h"

#include <bpf/btf.h>
#include <stdio.h>
#include <string.h>

#define CONTEXT "xdp_md"

static void btfp(struct btf **btf)
{
	btf__free(*btf);
}

/* Adds int slot(struct xdp_md *); returns its id, or a negative errno. */
static int add_placeholder(struct btf *btf)
{
	int integer = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int context = btf__add_struct(btf, CONTEXT, 4);
	int pointer = btf__add_ptr(btf, context);
	int prototype = btf__add_func_proto(btf, integer);

	if (integer < 0 || context < 0 || pointer < 0 || prototype < 0 ||
	    btf__add_func_param(btf, "ctx", pointer) < 0)
		return -ENOMEM;
	return btf__add_func(btf, "slot", BTF_FUNC_GLOBAL, prototype);
}

static int declared_otherwise(const struct signature *function, char **ret)
{
	cleanup(freep) char *declaration = signature_format(function);

	if (!declaration ||
	    asprintf(ret, "it is declared as '%s', not as 'int %s(struct " CONTEXT " *)'",
		     declaration, signature_name(function)) < 0) {
		*ret = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int say(const char *clause, char **ret)
{
	*ret = strdup(clause);
	return *ret ? 0 : -ENOMEM;
}

static int compare(const struct signature *function, char **ret)
{
	cleanup(btfp) struct btf *placeholders = btf__new_empty();
	cleanup(error_done) struct error difference = {};
	struct signature placeholder = { .btf = placeholders };
	int id = placeholders ? add_placeholder(placeholders) : -ENOMEM;

	if (id < 0)
		return -ENOMEM;
	placeholder.function_id = id;
	if (signature_check(function, &placeholder, &difference) == 0)
		return 0;
	return difference.id == ERROR_INVALID_ARGUMENT ? declared_otherwise(function, ret)
						       : -ENOMEM;
}

int extension_find_obstacle(const struct bpf_object *opened, const char *program, char **ret)
{
	const struct btf *btf = bpf_object__btf(opened);
	struct signature function;

	*ret = NULL;
	if (!btf)
		return say("its object has no type information (BTF)", ret);
	if (signature_find(btf, program, &function) < 0)
		return say("the type information (BTF) of its object does not describe it", ret);
	return signature_is_global(&function) ? compare(&function, ret)
					      : say("its function is static", ret);
}

/* Maps whose entries are programs, or refer to programs. */
static const struct {
	enum bpf_map_type type;
	bool only_frags; /* an obstacle only for programs that accept multi-buffer packets */
} rows[] = {
	{ BPF_MAP_TYPE_PROG_ARRAY, false },
	{ BPF_MAP_TYPE_DEVMAP, true },
	{ BPF_MAP_TYPE_DEVMAP_HASH, true },
	{ BPF_MAP_TYPE_CPUMAP, true },
};

bool map_type_takes_programs(enum bpf_map_type type)
{
	for (size_t i = 0; i < array_size(rows); i++)
		if (rows[i].type == type)
			return true;
	return false;
}

static int say_map(const struct bpf_map *map, char **ret)
{
	const char *name = bpf_map__name(map);
	int length = bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY
			     ? asprintf(ret,
					"it has the program array '%.80s', and the kernel puts no "
					"XDP program into the array of an extension",
					name)
			     : asprintf(ret,
					"it accepts multi-buffer packets, and the kernel does not "
					"let an extension use the map '%.80s' for them",
					name);

	if (length < 0)
		*ret = NULL;
	return length < 0 ? -ENOMEM : 0;
}

int extension_find_map_obstacle(const struct bpf_object *opened, bool frags, char **ret)
{
	const struct bpf_map *map;

	*ret = NULL;
	bpf_object__for_each_map(map, opened)
	{
		for (size_t i = 0; i < array_size(rows); i++)
			if (bpf_map__type(map) == rows[i].type && (frags || !rows[i].only_frags))
				return say_map(map, ret);
	}
	return 0;
}

int extension_find_need_obstacle(const struct strings *needs, char **ret)
{
	*ret = NULL;
	if (!needs->n_items)
		return 0;
	if (asprintf(ret,
		     "it calls the policy's function '%.80s', and the kernel has calls only inside "
		     "one program",
		     needs->items[0]) < 0)
		*ret = NULL;
	return *ret ? 0 : -ENOMEM;
}
