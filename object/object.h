// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/file.h"
#include "base/verdict.h"

#include <bpf/libbpf.h>
#include <stdbool.h>

/*
 * Makes this process's libbpf accept the sections "xdp/...", "xdp.frags/..." and "freplace/..." as XDP
 * programs; `before_load` (or NULL) is called for every program right before it is loaded. Call it once,
 * before anything is opened.
 */
int object_init(libbpf_prog_prepare_load_fn_t before_load, struct error *error);

/* An ELF object as it was supplied, before anything is loaded. */
struct object {
	struct blob blob;
	char *label; /* names it in errors: the file's name */
	char sha256[SHA256_TEXT_SIZE];
	struct blob signature; /* detached, as it was supplied; empty: there is none */
	/* The key that made it (object/object-signature.h); empty: not checked. */
	struct blob signer;
	char *signature_problem; /* why a supplied signature is not valid; or NULL */
};

/* Frees the contents. */
void object_done(struct object *object);

/* The purpose of an object's program. */
enum program_kind {
	PROGRAM_XDP,	     /* can be attached to a device */
	PROGRAM_TAIL_CALLEE, /* an XDP program that a program array of the object jumps to */
	PROGRAM_FOR_MAP,     /* for entries of device and CPU maps; never attached */
	PROGRAM_OTHER,	     /* a program of another type */
	PROGRAM_KIND_COUNT
};

/* "xdp", "tail_callee", "map_entry", "other". */
const char *program_kind_name(enum program_kind kind);

/* The program that a client chose in an object, and what the object declares about it. */
struct program_choice {
	char name[128];
	bool frags;	       /* accepts multi-buffer packets */
	bool extension;	       /* its section says that it replaces a function */
	unsigned int priority; /* XDP_RUN_CONFIG, or PRIORITY_DEFAULT */
	verdict_set proceed;   /* the same, or PROCEED_DEFAULT */
};

/*
 * Opens the object for libbpf; close it with bpf_object__close(). Maps that ask to be pinned by name are
 * pinned below `map_root`. Errors: BadObject with libbpf's messages in the detail.
 */
int object_open(const struct object *object, const char *map_root, struct bpf_object **ret,
		struct error *error);

struct tail_callees;

/* The kind of a program in an opened object with these tail callees (object/elf.h). */
enum program_kind object_program_kind(const struct tail_callees *callees,
				      const struct bpf_program *program);

/*
 * Finds the XDP program to attach: the one of that name, or, for NULL, the only one. Programs that only a
 * program array jumps to, and those for device and CPU maps, do not count. The object has passed elf_check().
 */
int object_choose(const struct object *object, const char *name, struct program_choice *ret,
		  struct error *error);

/* The same for an object that has been opened already. */
int object_choose_opened(const struct object *object, struct bpf_object *opened, const char *name,
			 struct program_choice *ret, struct error *error);
