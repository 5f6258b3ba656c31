// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>

/* A file with BTF like a kernel's, with functions that the test objects call. */
struct fake_kernel_btf {
	char path[64];
};

/* With `casts`, its bpf_cast_to_kern_ctx() has one argument, else two. */
void fake_kernel_btf_write(struct fake_kernel_btf *ret, bool casts);
void fake_kernel_btf_remove(struct fake_kernel_btf *kernel);
