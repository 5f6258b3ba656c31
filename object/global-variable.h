#pragma once

#include "base/error.h"

#include <bpf/btf.h>
#include <stdbool.h>

/*
 * Global variables of an object, found by name and set from text by their types (BTF), before
 * anything is loaded. All of this is pure.
 */
struct global_variable {
	const char *section; /* ".rodata", ".data", ".bss" and the like; the BTF's */
	size_t offset;	     /* in the section, in bytes */
	size_t size;
	__u32 type;	    /* its id */
	__u32 section_type; /* the id of the section in the BTF */
};

/* The largest type name that is told in full. */
#define TYPE_NAME_MAX 80

/*
 * Finds "name", or a part of it: "name.member", "name[2]", "name[2].member". A part always lies inside
 * its variable; whether the variable lies inside its section only libbpf's copy of the section can tell.
 * `label` is how errors call the object. InvalidArgument: there is none, with those that there are; or it
 * cannot be set. BadObject: the types contradict each other.
 */
int global_variable_find(const struct btf *btf, const char *label, const char *path,
			 struct global_variable *ret, struct error *error);

/*
 * Shows every variable that can be set, in the order of the object; ends at the first at which `visit`
 * returns true, and returns whether it did.
 */
typedef bool (*global_variable_visit)(const char *name, const struct global_variable *variable,
				      void *userdata);
bool global_variable_each(const struct btf *btf, global_variable_visit visit, void *userdata);

/*
 * Reads a value of the variable's type into its `variable->size` bytes, and writes no others, whatever the
 * types say: a whole number, decimal or with
 * 0x; true or false; an enumerator; a list of these for an array, joined by commas, whose rest becomes
 * 0; text for an array of char; or, for anything, its bytes as they are in memory, as hex:0a000001
 * (with colons between bytes if wanted) and, for what is no number, 0x0a000001. InvalidArgument with
 * what it can be; the bytes are undefined then.
 */
int global_variable_parse(const struct btf *btf, const char *label, const char *path,
			  const struct global_variable *variable, const char *text, void *bytes,
			  struct error *error);

/* "__u16", "enum xdp_mode", "char[16]", as it is in C, into `text`; returns it. */
char *type_format(const struct btf *btf, __u32 type, char text[static TYPE_NAME_MAX]);

/* The type behind typedefs and qualifiers; NULL: there is none. */
const struct btf_type *type_resolve(const struct btf *btf, __u32 type);

/* Does an integer or an enumeration of that type fill `size` bytes, as all that compilers make do? */
bool type_is_number(const struct btf_type *type, size_t size);
