// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "object/kernel-btf.h"
#include "object/object.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Kfuncs: functions of the kernel that an object calls by name. A name may end in a flavour: what follows
 * three underscores is chosen by the author, as in `some_kfunc___new`, and libbpf looks for `some_kfunc` with
 * that prototype (bpf_object__resolve_ksym_func_btf_id() in its libbpf.c). Weak kfuncs may be missing, and
 * the program tests bpf_ksym_exists(); of a group (bpf/include/one-of.h) one must exist.
 */
enum kfunc_state {
	KFUNC_RESOLVED,
	KFUNC_ABSENT,	 /* the kernel has no function of that name */
	KFUNC_DIFFERENT, /* its prototype differs, so for the program it is absent */
	KFUNC_STATE_COUNT
};

/* "resolved", "absent", "different". */
const char *kfunc_state_name(enum kfunc_state state);

struct kfunc {
	char *name;  /* the name in the object */
	char *group; /* NULL: it belongs to no group */
	bool only;   /* no other function of its group may exist */
	bool weak;
	enum kfunc_state state;
	char *prototype;	/* as the object declares it */
	char *kernel_prototype; /* NULL: absent */
	char *module;		/* of the kernel, or "vmlinux"; NULL: absent */
};

struct kfuncs {
	size_t n_items;
	struct kfunc *items;
};

/* The length of the kfunc's name in the kernel, without the flavour. */
size_t kfunc_name_length(const char *name);

/* Does the object call any kfuncs? If not, the kernel's types are not needed. */
bool kfuncs_are_called(const struct object *object);

/*
 * The same for an object that libbpf has opened, without reading the object again. True also if the object uses
 * other symbols of the kernel, because libbpf changes its copy of the types of kfuncs.
 */
bool kfuncs_may_be_called(const struct bpf_object *opened);

/*
 * Looks for the object's kfuncs in the kernel's types, with the rules of libbpf; without types (NULL) all are
 * absent. Errors: BadObject; OutOfMemory. Free with kfuncs_done().
 */
int kfuncs_resolve(const struct object *object, struct kernel_btf *types, struct kfuncs *ret,
		   struct error *error);

/* kfuncs_resolve() with the types of the running kernel, which are not read if the object calls no kfuncs. */
int kfuncs_resolve_here(const struct object *object, struct kfuncs *ret, struct error *error);

void kfuncs_done(struct kfuncs *kfuncs);

/* Does at least one function of the group exist? */
bool kfuncs_have_one_of(const struct kfuncs *kfuncs, const char *group);

/* Must exactly one function of that group be there? */
bool kfuncs_want_only_one_of(const struct kfuncs *kfuncs, const char *group);

/*
 * Do all functions exist that are not weak, and enough of each group? Otherwise Unsupported, with a sentence
 * about the first missing one, and the prototypes in the detail.
 */
int kfuncs_check(const struct kfuncs *kfuncs, const char *label, struct error *error);
