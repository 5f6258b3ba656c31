// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/file.h"

#include <bpf/btf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Is this an ELF object for BPF, in this machine's byte order? If it has BTF, the BTF can be read; if it has
 * maps, it has BTF. Its sections are inside the file and do not overlap, and its names end, so a walk through
 * a section or a name takes at most time in proportion to the file. `label` names it in errors (BadObject).
 * Makes no system call.
 */
int elf_check(const struct blob *blob, const char *label, struct error *error);

/*
 * The same without the checks of BTF and of what needs it: an object that passes may still be unreadable for
 * libbpf, but its code can be read (object/elf-code.h).
 */
int elf_check_layout(const struct blob *blob, const char *label, struct error *error);

/*
 * The functions that program arrays of the object name as their initial entries (`.values = { [0] = &function
 * }`). Such a program must be loaded together with the one that jumps to it.
 */
struct tail_callees {
	void *elf; /* holds the names */
	size_t n_names;
	const char **names; /* sorted */
};

/* The object's bytes must outlive the result. Free with tail_callees_done(). -ENOMEM. */
int tail_callees_read(const struct blob *blob, struct tail_callees *ret, struct error *error);
bool tail_callees_have(const struct tail_callees *callees, const char *function);
void tail_callees_done(struct tail_callees *callees);

/* The section's bytes, which are in the blob, and their number; NULL if there is no such section. */
const void *elf_section_bytes(const struct blob *blob, const char *section, size_t *ret_size);

/*
 * Does it have type information? An object without can be an XDP program, but neither an extension nor a
 * library.
 */
bool elf_has_btf(const struct blob *blob);

/*
 * The object's types as the compiler wrote them; libbpf changes its copy when it opens an object. NULL if
 * there are none, or they cannot be read.
 */
struct btf *elf_read_btf(const struct blob *blob);
void elf_free_btf(struct btf **btf);

/* A name that other objects can use. */
struct elf_symbol {
	const char *name; /* belongs to the object's bytes */
	bool is_defined;  /* here; otherwise it is only used */
	bool is_weak;
};

/* -errno ends elf_each_global(). */
typedef int (*elf_visit)(const struct elf_symbol *symbol, void *userdata);

/*
 * Visits all global names of functions, maps and variables, except the license and the version, which every
 * object has.
 */
int elf_each_global(const struct blob *blob, elf_visit visit, void *userdata);

/* A map in SEC("maps"), which libbpf from 1.0 on does not read. */
struct legacy_map {
	const char *name; /* belongs to the object's bytes */
	struct {
		uint32_t type;
		uint32_t key_size;
		uint32_t value_size;
		uint32_t max_entries;
		uint32_t flags;
	} definition;
};

/* -errno ends elf_each_legacy_map(). */
typedef int (*legacy_map_visit)(const struct legacy_map *map, void *userdata);

/* Visits the maps of an object that elf_check_layout() has accepted. */
int elf_each_legacy_map(const struct blob *blob, legacy_map_visit visit, void *userdata);
