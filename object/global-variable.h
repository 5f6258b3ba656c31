// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <bpf/btf.h>
#include <stdbool.h>

/*
 * Global variables of an object, which are found by name and set from text according to their types (BTF),
 * before the object is loaded. All functions are pure.
 */
struct global_variable {
	const char *section; /* ".rodata", ".data", ".bss" and the like; belongs to the BTF */
	size_t offset;	     /* in the section, in bytes */
	size_t size;
	__u32 type;	    /* id of its type */
	__u32 section_type; /* id of the section in the BTF */
};

/* The largest type name that is printed completely. */
#define TYPE_NAME_MAX 80

/*
 * Finds "name", or a part of it: "name.member", "name[2]", "name[2].member". A part is always inside its
 * variable; whether the variable is inside its section can only be checked with libbpf's copy of the section.
 * `label` names the object in errors. InvalidArgument: there is no such variable, and the error lists those
 * that exist; or it cannot be set. BadObject: the types contradict each other.
 */
int global_variable_find(const struct btf *btf, const char *label, const char *path,
			 struct global_variable *ret, struct error *error);

/*
 * Visits every variable that can be set, in the order of the object, until `visit` returns true; returns
 * whether it did.
 */
typedef bool (*global_variable_visit)(const char *name, const struct global_variable *variable,
				      void *userdata);
bool global_variable_each(const struct btf *btf, global_variable_visit visit, void *userdata);

/*
 * Reads a value of the variable's type into its `variable->size` bytes, and writes no other bytes, whatever
 * the types say. The value is a whole number, decimal or with 0x; true or false; an enumerator; for an array
 * a list of these, separated by commas, whose rest becomes 0; for an array of char, text; or, for any type,
 * its bytes as they are in memory: hex:0a000001 (colons between bytes are allowed), or, for a type that is
 * not a number, 0x0a000001. InvalidArgument with the values that it accepts; the bytes are undefined then.
 */
int global_variable_parse(const struct btf *btf, const char *label, const char *path,
			  const struct global_variable *variable, const char *text, void *bytes,
			  struct error *error);

/* Writes the C name of the type into `text`: "__u16", "enum xdp_mode", "char[16]"; returns it. */
char *type_format(const struct btf *btf, __u32 type, char text[static TYPE_NAME_MAX]);

/* The type without typedefs and qualifiers; NULL: there is none. */
const struct btf_type *type_resolve(const struct btf *btf, __u32 type);

/* Does an integer or an enumeration of that type fill `size` bytes? Compilers write no others. */
bool type_is_number(const struct btf_type *type, size_t size);
