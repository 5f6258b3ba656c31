#pragma once

#include "daemon/kernel/component/broker.h"
#include "daemon/kernel/component/spec.h"
#include "object/kfuncs.h"
#include "sandbox/conversation.h"

/*
 * An object that the parser opened for libbpf: its description, every field of which was checked, and the conversation
 * in which it can be loaded. Nothing of its bytes is looked at in this process.
 */
struct opened {
	struct conversation conversation;
	struct broker broker;
	bool has_function;	    /* its types describe the program */
	struct arguments arguments; /* of the program, then */
	bool fills_arrays;	    /* program arrays of it have programs of it */
	char *obstacle; /* what keeps the program from being an extension, a clause; NULL: nothing */
	char *map_obstacle;   /* the same of its maps */
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
		uint32_t
			handle; /* of the map that it is to use, or, after opened_load(), that it has; 0: none */
		bool is_given; /* it uses one that was there before */
	} * maps;
	uint32_t program; /* handle, after opened_load() */
};

/*
 * Opens the object of the spec for its program, which accepts multi-buffer packets with `frags`, with its values of
 * variables. With `needs_kfuncs` it is
 * an error if the kernel lacks functions that the object calls. Close with opened_close(), also on failure. Errors:
 * BadObject; InvalidArgument for a value; Unsupported for functions of the kernel.
 */
int opened_open(const struct object *object, const struct component_spec *spec, bool frags,
		bool needs_kfuncs, struct opened *ret, struct error *error);

/* The map of that name; NULL: it has none. */
struct opened_map *opened_find_map(const struct opened *opened, const char *name);

/* Makes the object use that map in the place of its own; the descriptor stays the caller's. -errno. */
int opened_use_map(struct opened *opened, struct opened_map *map, int fd);

/*
 * Loads the program, as the fields of `broker` say. With `may_fail` a failure is not explained by the verifier. Errors: VerifierRejected with the decisive
 * lines in the detail; KernelRefused; BadObject, if a program uses a map that is not the object's.
 */
int opened_load(struct opened *opened, const struct component_spec *spec, bool may_fail,
		struct error *error);

void opened_close(struct opened *opened);

/*
 * Has libbpf in the zygote find out what this kernel can, if it has just been started: the processes that look at
 * objects know it then.
 */
void opened_warm_up(void);
