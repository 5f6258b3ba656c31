// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/file.h"
#include "object/numbers.h"

#include <libelf.h>
#include <linux/bpf.h>
#include <stdbool.h>

/*
 * The code of an object as the compiler left it: its functions, and what they refer to. The verifier reports
 * more, but only to users who may load programs; this needs no rights, and makes no system call.
 */

struct function {
	const char *name;
	const char *section;
	size_t section_index;
	size_t start;  /* position in the section, in instructions */
	size_t length; /* in instructions */
	const struct bpf_insn *instructions;
	bool is_program; /* it has a section of its own, and is not in that of functions (.text) */
	bool is_global;	 /* the verifier checks it separately */
	bool tail_calls;
	bool callbacks;		/* it takes the address of a function */
	struct numbers callees; /* their numbers among the functions; including callbacks */
	struct numbers helpers; /* their numbers */
	struct numbers externs; /* their numbers among the externs */
};

/* What the object expects from outside, by name: kfuncs and variables of the kernel. */
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
 * Analyses an object that elf_check() has accepted. Its bytes must outlive the elf_code, because all strings
 * are in them. `label` names it in errors. Errors: BadObject, for code that no compiler writes. Free with
 * elf_code_done().
 */
int elf_code_read(const struct blob *blob, const char *label, struct elf_code *ret,
		  struct error *error);
void elf_code_done(struct elf_code *elf_code);

/* The function of that name; NULL if there is none. */
const struct function *elf_code_find(const struct elf_code *elf_code, const char *name);
