#pragma once

#include "base/error.h"
#include "base/file.h"
#include "base/verdict.h"

#include <bpf/libbpf.h>
#include <stdbool.h>

/*
 * Makes this process's libbpf take the sections "xdp/...", "xdp.frags/..." and "freplace/..." for
 * XDP programs; `before_load` (or NULL) sees every program right before it is loaded. Once, before
 * anything is opened.
 */
int object_init(libbpf_prog_prepare_load_fn_t before_load, struct error *error);

/* An ELF object as it came: what is in it, before anything is loaded. */
struct object {
	struct blob blob;
	char *label; /* how errors call it: the file's name */
	char sha256[SHA256_TEXT_SIZE];
	struct blob signature; /* detached, as it came; empty: there is none */
	struct blob signer; /* key that made it (object/object-signature.h); empty: not checked */
	char *signature_problem; /* why there was one that is not valid; or NULL */
};

/* Frees the contents. */
void object_done(struct object *object);

/* What the programs of an object are for, as far as we are concerned. */
enum program_kind {
	PROGRAM_XDP,	     /* a device can run it */
	PROGRAM_TAIL_CALLEE, /* an XDP program that a program array of the object jumps to */
	PROGRAM_FOR_MAP,     /* for the entries of device and CPU maps; never attached */
	PROGRAM_OTHER,	     /* of another type */
	PROGRAM_KIND_COUNT
};

/* "xdp", "tail_callee", "map_entry", "other". */
const char *program_kind_name(enum program_kind kind);

/* The program that somebody chose in an object, and what the object says about it. */
struct program_choice {
	char name[128];
	bool frags;	       /* can handle packets in several buffers */
	bool extension;	       /* it says that it is to replace a function */
	unsigned int priority; /* XDP_RUN_CONFIG, or PRIORITY_DEFAULT */
	verdict_set proceed;   /* the same, or PROCEED_DEFAULT */
};

/*
 * Opens the object for libbpf; close with bpf_object__close(). `map_root` is where maps that ask
 * for it are pinned by name. BadObject with libbpf's words in the detail.
 */
int object_open(const struct object *object, const char *map_root, struct bpf_object **ret,
		struct error *error);

struct tail_callees;

/* Of a program of an opened object, which has these callees (object/elf.h). */
enum program_kind object_program_kind(const struct tail_callees *callees,
				      const struct bpf_program *program);

/*
 * Finds the XDP program to attach: the one of that name, or, for NULL, the only one there is.
 * Programs that only a program array jumps to, and those for device and CPU maps, do not count.
 */
int object_choose(const struct object *object, const char *name, struct program_choice *ret,
		  struct error *error);
