#pragma once

#include "base/error.h"
#include "daemon/kernel/component/program-code.h"

struct arguments;

/* The function that an extension is to replace; verification needs one to compare with. */
struct extension_target {
	int program_fd;
	uint32_t function_id; /* in the BTF of that program */
};

/* object_init() that lets code_recorder_begin() see what is loaded. */
int code_recorder_init(struct error *error);

/*
 * The next load of `program` by this thread is copied into `code`, until code_recorder_end(). With a
 * `target` it is loaded as an extension, which libbpf itself would do only with less known of it. With
 * `arguments` it is loaded with a wrapper in front (daemon/kernel/component/entry-wrapper.h), which is not copied.
 */
void code_recorder_begin(struct program_code *code, const struct bpf_program *program,
			 const struct extension_target *target, const struct arguments *arguments);

/* The same, but the load is then called off: nothing reaches the kernel. */
void code_recorder_begin_only(struct program_code *code, const struct bpf_program *program);

/* `code` stays empty if nothing was loaded, or if there was no memory for the copy. */
void code_recorder_end(void);
