// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <bpf/libbpf.h>
#include <stdbool.h>

/*
 * What the kernel got when a program was loaded: its final instructions (relocated, with the fds of its
 * maps) and the loader's records of its functions and source lines, with offsets from its first instruction.
 * Names are offsets into its BTF.
 */
struct program_code {
	int btf_fd; /* 0: the program has none */
	size_t n_instructions;
	struct bpf_insn *instructions;
	/*
	 * BTF of the kernel modules whose functions it calls, as our own descriptors; the offset of such a
	 * call is a position in this list, counted from 1.
	 */
	size_t n_modules;
	int *modules;
	size_t n_functions; /* the first is the main function */
	struct bpf_func_info *functions;
	size_t n_lines;
	struct bpf_line_info *lines;
};

/*
 * Copies the code; free with program_code_done(). -ENOMEM; -errno if the descriptors of its BTF or of a
 * module cannot be duplicated.
 */
int program_code_copy(const struct program_code *code, struct program_code *ret);

/* Maps and their replacements, as file descriptors in the same order. */
struct map_changes {
	size_t n_maps;
	const int *from;
	const int *to;
};

/*
 * Makes the instructions that use a map of `from` use the one of `to`. -ENOENT: the code uses another map,
 * too; it is unchanged then. -ENOMEM.
 */
int program_code_change_maps(struct program_code *code, const struct map_changes *changes);

/*
 * Do its records and jumps stay inside it? The kernel guarantees that for code that it loaded; code that the
 * parser describes must be checked.
 */
bool program_code_is_sound(const struct program_code *code);

/*
 * Its BTF, read from the kernel, because libbpf may have adapted it to this kernel. Free with btf__free();
 * NULL and errno if there is none.
 */
struct btf *program_code_btf(const struct program_code *code);

/*
 * Copies the modules whose functions it calls from the list that it was loaded with (`fd_array` of the
 * kernel's load), and makes the calls refer to its own list. -ENOMEM, -EINVAL or -errno.
 */
int program_code_take_modules(struct program_code *code, const int *list);

/* Frees the contents. */
void program_code_done(struct program_code *code);

/*
 * Copies an array of records of `record_size` bytes each into an array of records of `size` bytes. The
 * kernel's records may be longer than those that we were compiled with, never shorter.
 */
void *program_code_copy_records(const void *from, size_t count, size_t record_size, size_t size);
