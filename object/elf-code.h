#pragma once

#include "base/error.h"
#include "base/file.h"
#include "object/numbers.h"

#include <libelf.h>
#include <linux/bpf.h>
#include <stdbool.h>

/*
 * The code of an object as the compiler left it: its functions, and what they refer to. What the
 * verifier finds in a program it says only to those who may load it; this needs no rights, and
 * makes no system call.
 */

struct function {
	const char *name;
	const char *section;
	size_t section_index;
	size_t start;  /* instructions into the section */
	size_t length; /* instructions */
	const struct bpf_insn *instructions;
	bool is_program; /* it is in a section of its own, not in that of functions (.text) */
	bool is_global;	 /* the verifier looks at it by itself */
	bool tail_calls;
	bool callbacks;		/* it gives the address of a function away */
	struct numbers callees; /* their places among the functions; callbacks, too */
	struct numbers helpers; /* their numbers */
	struct numbers externs; /* places among the externs */
};

/* What the object expects from elsewhere, by name: kfuncs and variables of the kernel. */
struct external {
	const char *name;
	bool weak;
};

struct elf_code {
	Elf *elf;
	size_t n_functions;
	struct function *functions;
	size_t n_externs;
	struct external *externs;
};

/*
 * Takes the object apart, which elf_check() accepts, and whose bytes must outlive the elf_code: all strings
 * are in it. `label` names
 * it in the errors. Errors: BadObject, for what no compiler makes. Free with elf_code_done().
 */
int elf_code_read(const struct blob *blob, const char *label, struct elf_code *ret,
		  struct error *error);
void elf_code_done(struct elf_code *elf_code);

/* The function of that name; NULL if there is none. */
const struct function *elf_code_find(const struct elf_code *elf_code, const char *name);
