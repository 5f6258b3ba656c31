// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/component/load-chosen.h"
#include "daemon/kernel/component/spec.h"
#include "object/kfuncs.h"
#include "sandbox/conversation.h"

/*
 * An object that the parser has opened: its description, every field of which was checked, and the
 * connection over which it can be loaded. The daemon's own process never reads the bytes of the object.
 */
struct opened {
	struct conversation conversation;
	struct component_broker broker;
	bool has_function;	    /* BTF describes its program */
	struct arguments arguments; /* of the program, if so */
	bool fills_arrays;   /* some program arrays of the object hold programs of the object */
	char *obstacle;	     /* why the program cannot be an extension, a clause; NULL: it can be */
	char *map_obstacle;  /* the same for its maps */
	char *need_obstacle; /* the same for functions of the policy that it needs */
	struct strings needs; /* these functions (object/function-mark.h) */
	struct kfuncs kfuncs; /* that it calls */
	size_t n_maps;
	struct opened_map {
		char *name;
		uint32_t type;
		uint32_t key_size;
		uint32_t value_size;
		uint32_t max_entries;
		uint32_t flags;
		uint64_t extra;
		bool is_internal; /* it holds global variables */
		bool is_pinned;	  /* it asks to be pinned by its name */
		/* Of the map that the object should use, or, after opened_load(), that it has; 0: none. */
		uint32_t handle;
		bool is_given; /* the object uses a map that existed before */
	} * maps;
	uint32_t program; /* handle, after opened_load() */
};

/*
 * Opens the object of the spec for its program, and sets the spec's values of variables. With `frags` the
 * program accepts multi-buffer packets. With `needs_kfuncs`, kernel functions that the object calls and the
 * kernel lacks are an error. Close with opened_close(), also on failure. Errors: BadObject; InvalidArgument
 * for a value; Unsupported for missing kernel functions.
 */
int opened_open(const struct object *object, const struct component_spec *spec, bool frags,
		bool needs_kfuncs, struct opened *ret, struct error *error);

/* The map of that name; NULL: the object has none. */
struct opened_map *opened_find_map(const struct opened *opened, const char *name);

/* Makes the object use that map in place of its own; the caller keeps the descriptor. -errno. */
int opened_use_map(struct opened *opened, struct opened_map *map, int fd);

/*
 * Loads the program, as the fields of `broker` say. With `may_fail` a failure is not explained with the
 * verifier's log. Errors: VerifierRejected with the decisive lines in the detail; KernelRefused; BadObject
 * if a program uses a map that the object does not have.
 */
int opened_load(struct opened *opened, const struct component_spec *spec, bool may_fail,
		struct error *error);

/* Closes the connection and the descriptors, and frees the contents. */
void opened_close(struct opened *opened);

/*
 * Makes libbpf probe the kernel in the zygote, if that has just been started, so that every process forked
 * from it to read an object knows the results.
 */
void opened_warm_up(void);
