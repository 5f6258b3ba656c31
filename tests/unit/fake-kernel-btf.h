#pragma once

#include <stdbool.h>

/* A file with types like those of a kernel, and functions that the test objects call. */
struct kernel_btf {
	char path[64];
};

/* With `casts` it has bpf_cast_to_kern_ctx() of one argument, else of two. */
void kernel_btf_write(struct kernel_btf *ret, bool casts);
void kernel_btf_remove(struct kernel_btf *kernel);
