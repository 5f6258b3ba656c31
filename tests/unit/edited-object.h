// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/file.h"

#include <bpf/btf.h>
#include <elf.h>

/*
 * An object that tests/bpf builds, in memory. Tests can edit its headers and its BTF so that they are wrong:
 * what these functions return points into the bytes of the object.
 */
struct edited_object {
	struct blob blob;
	struct btf *btf; /* as it was read; only used to find things */
	char *types;	 /* the section, in the blob */
};

/* Fails the test if there is no such object. Free with edited_object_done(). */
void edited_object_read(const char *name, struct edited_object *ret);
void edited_object_done(struct edited_object *object);

/* Fails the test if the object has no such section. */
Elf64_Shdr *edited_section(struct edited_object *object, const char *name);

/* Both fail the test if the object has no such type. */
struct btf_type *edited_type(struct edited_object *object, __u32 id);
struct btf_type *edited_type_named(struct edited_object *object, const char *name, __u32 kind);

/* The entry of a variable in its section. */
struct btf_var_secinfo *edited_variable(struct edited_object *object, const char *section,
					const char *name);
