#pragma once

#include "base/error.h"
#include "base/file.h"

#include <stdbool.h>

/*
 * Is this an ELF object for BPF, of this machine's byte order, with BTF? `label` names it in the
 * errors (BadObject). Makes no system call.
 */
int elf_check(const struct blob *blob, const char *label, struct error *error);

/*
 * Does a program array of the object name this function among its initial entries
 * (`.values = { [0] = &function }`)? Such a program must be loaded beside the one that jumps to it.
 */
bool elf_is_tail_callee(const struct blob *blob, const char *function);
