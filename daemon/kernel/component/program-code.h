#pragma once

#include "base/error.h"

#include <bpf/libbpf.h>
#include <stdbool.h>

/*
 * What the kernel got for a program: its final instructions (relocated, with the fds of its maps)
 * and what the loader told about its functions and source lines, offsets counted from its first
 * instruction. Strings are offsets into its BTF.
 */
struct program_code {
	int btf_fd; /* 0: none */
	size_t n_instructions;
	struct bpf_insn *instructions;
	/*
	 * BTF of the kernel modules whose functions it calls, our descriptors; the offset of such a call is a place among
	 * them, counted from 1.
	 */
	size_t n_modules;
	int *modules;
	size_t n_functions; /* the program itself is the first */
	struct bpf_func_info *functions;
	size_t n_lines;
	struct bpf_line_info *lines;
};

/*
 * A copy, to be freed with program_code_done(). -ENOMEM; -errno if there is no descriptor for its types or those of a
 * module.
 */
int program_code_copy(const struct program_code *code, struct program_code *ret);

/* Some maps and what is to stand for them, file descriptors in the same order. */
struct map_changes {
	size_t n_maps;
	const int *from;
	const int *to;
};

/*
 * Makes the instructions that use a map of `from` use that of `to`. -ENOENT: the code uses another map,
 * too; it is unchanged then. -ENOMEM.
 */
int program_code_change_maps(struct program_code *code, const struct map_changes *changes);

/* 0, -ENOENT or -ENOMEM as program_code_change_maps() with these, which changes nothing. */
int code_check_maps(const struct bpf_insn *instructions, size_t n_instructions,
		    const struct map_changes *maps);

/*
 * Do its records and jumps stay inside it? That is certain of what the kernel has loaded, and not of what the parser
 * says would be loaded.
 */
bool program_code_is_sound(const struct program_code *code);

/*
 * Its types, which libbpf may have mended for this kernel: so the kernel is asked for them. Free with
 * btf__free(); NULL and errno if there are none.
 */
struct btf *program_code_btf(const struct program_code *code);

/*
 * Takes the modules that its calls mean from the list that it was loaded with (`fd_array` of the kernel's load), and
 * makes the calls mean their places among its own. -ENOMEM, -EINVAL or -errno.
 */
int program_code_take_modules(struct program_code *code, const int *list);

/* Frees the contents. */
void program_code_done(struct program_code *code);

/*
 * Copies an array of records of `record_size` bytes each into one of records of `size` bytes. The
 * kernel's may be longer than those we were compiled with, never shorter.
 */
void *program_code_copy_records(const void *from, size_t count, size_t record_size, size_t size);
