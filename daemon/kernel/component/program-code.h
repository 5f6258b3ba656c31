#pragma once

#include "base/error.h"

#include <bpf/libbpf.h>

/*
 * What the kernel got for a program: its final instructions (relocated, with the fds of its maps)
 * and what the loader told about its functions and source lines, offsets counted from its first
 * instruction. Strings are offsets into its BTF.
 */
struct program_code {
	int btf_fd; /* 0: none */
	size_t n_instructions;
	struct bpf_insn *instructions;
	size_t n_functions; /* the program itself is the first */
	struct bpf_func_info *functions;
	size_t n_lines;
	struct bpf_line_info *lines;
};

/* The function that an extension is to replace; verification needs one to compare with. */
struct extension_target {
	int program_fd;
	uint32_t function_id; /* in the BTF of that program */
};

/* object_init() that lets program_code_record_begin() see what is loaded. */
int program_code_init(struct error *error);

struct arguments;

/*
 * The next load of `program` by this thread is copied into `code`, until program_code_record_end(). With a
 * `target` it is loaded as an extension, which libbpf itself would do only with less known of it. With
 * `arguments` it is loaded with a wrapper in front (daemon/kernel/component/entry-wrapper.h), which is not copied.
 */
void program_code_record_begin(struct program_code *code, const struct bpf_program *program,
			       const struct extension_target *target,
			       const struct arguments *arguments);

/* The same, but the load is then called off: nothing reaches the kernel. */
void program_code_record_only_begin(struct program_code *code, const struct bpf_program *program);

/* `code` stays empty if nothing was loaded, or if there was no memory for the copy. */
void program_code_record_end(void);

/* A copy, to be freed with program_code_done(). -ENOMEM; -errno if there is no descriptor for its types. */
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
 * Its types, which libbpf may have mended for this kernel: so the kernel is asked for them. Free with
 * btf__free(); NULL and errno if there are none.
 */
struct btf *program_code_btf(const struct program_code *code);

/* Frees the contents. */
void program_code_done(struct program_code *code);
