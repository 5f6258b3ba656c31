#pragma once

#include <stdbool.h>

/* A file with types like those of a kernel, and functions that the test objects call. */
struct fake_kernel_btf {
	char path[64];
};

/* With `casts` it has bpf_cast_to_kern_ctx() of one argument, else of two. */
void fake_kernel_btf_write(struct fake_kernel_btf *ret, bool casts);
void fake_kernel_btf_remove(struct fake_kernel_btf *kernel);
