#pragma once

#include "base/error.h"
#include "object/kernel-btf.h"
#include "object/object.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The functions of the kernel that an object calls by name (kfuncs). A name may end in a flavour:
 * what follows three underscores is the author's, as in `some_kfunc___new`, and libbpf looks for
 * `some_kfunc` with that prototype (bpf_object__resolve_ksym_func_btf_id() in its libbpf.c). Weak
 * ones may be missing, and the program asks bpf_ksym_exists(); of those that the author joined to
 * a group (bpf/include/one-of.h) one must be there.
 */
enum kfunc_state {
	KFUNC_RESOLVED,
	KFUNC_ABSENT,	 /* the kernel has none of that name */
	KFUNC_DIFFERENT, /* it has, with another prototype; to the program it is absent */
	KFUNC_STATE_COUNT
};

/* "resolved", "absent", "different". */
const char *kfunc_state_name(enum kfunc_state state);

struct kfunc {
	char *name;  /* as in the object */
	char *group; /* NULL: it is in none */
	bool only;   /* no other function of its group may be there */
	bool weak;
	enum kfunc_state state;
	char *prototype;	/* as the object declares it */
	char *kernel_prototype; /* NULL: absent */
	char *module;		/* of the kernel, "vmlinux" for itself; NULL: absent */
};

struct kfuncs {
	size_t n_items;
	struct kfunc *items;
};

/* The length of the kfunc's name in the kernel, without the flavour. */
size_t kfunc_name_length(const char *name);

/* Are there any? Else there is no need for the kernel's types. */
bool kfuncs_are_called(const struct object *object);

/*
 * Looks for those of the object in the kernel's types, with the rules of libbpf; without types
 * (NULL) all are absent. Errors: BadObject; out of memory. Free with kfuncs_done().
 */
int kfuncs_resolve(const struct object *object, struct kernel_btf *types, struct kfuncs *ret,
		   struct error *error);

/*
 * kfuncs_resolve() with the types of this kernel, which are not looked at for an object that calls
 * none.
 */
int kfuncs_resolve_here(const struct object *object, struct kfuncs *ret, struct error *error);

void kfuncs_done(struct kfuncs *kfuncs);

/* Is one of the group there? */
bool kfuncs_have_one_of(const struct kfuncs *kfuncs, const char *group);

/* Must exactly one function of that group be there? */
bool kfuncs_want_only_one_of(const struct kfuncs *kfuncs, const char *group);

/*
 * Is there what the object cannot do without: all that are not weak, and one of each group? Else
 * Unsupported, with a sentence on the first that is missing, and the prototypes in the detail.
 */
int kfuncs_check(const struct kfuncs *kfuncs, const char *label, struct error *error);
