#pragma once

#include "base/error.h"
#include "base/file.h"

#include <bpf/btf.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Is this an ELF object for BPF, of this machine's byte order? If it has BTF, that can be read, and if it has maps,
 * it has BTF. Its sections lie in the file and
 * do not overlap, and its names end, so that what goes through a section or a name afterwards takes no
 * longer than the file is large. `label` names it in the errors (BadObject). Makes no system call.
 */
int elf_check(const struct blob *blob, const char *label, struct error *error);

/*
 * The functions that program arrays of the object name among their initial entries
 * (`.values = { [0] = &function }`). Such a program must be loaded beside the one that jumps to it.
 */
struct tail_callees {
	void *elf; /* that has the names */
	size_t n_names;
	const char **names; /* sorted */
};

/* The object's bytes must outlive them. Free with tail_callees_done(). -ENOMEM. */
int tail_callees_read(const struct blob *blob, struct tail_callees *ret, struct error *error);
bool tail_callees_have(const struct tail_callees *callees, const char *function);
void tail_callees_done(struct tail_callees *callees);

/* The section's bytes, in the blob, and how many; NULL if there is no such section. */
const void *elf_section_bytes(const struct blob *blob, const char *section, size_t *ret_size);

/* Has it type information? One without can be an XDP program, but neither extension nor library. */
bool elf_has_btf(const struct blob *blob);

/*
 * The object's types as the compiler wrote them, which libbpf changes when it opens an object. NULL if
 * there are none that can be read.
 */
struct btf *elf_read_btf(const struct blob *blob);
void elf_free_btf(struct btf **btf);

/* A name that other objects can see. */
struct elf_symbol {
	const char *name; /* in the object's bytes */
	bool is_defined;  /* here; else it is only used */
	bool is_weak;
};

/* -errno ends elf_each_global(). */
typedef int (*elf_visit)(const struct elf_symbol *symbol, void *userdata);

/*
 * Shows all global names that stand for functions, maps and variables, but for the license and the
 * version, which every object has.
 */
int elf_each_global(const struct blob *blob, elf_visit visit, void *userdata);
