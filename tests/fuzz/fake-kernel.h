// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdint.h>

/*
 * libbpf's functions for single calls of bpf(2), without a kernel. They read everything that the kernel would
 * read, and abort if it would get a descriptor that an earlier call did not create.
 */

/* Forgets the descriptors; they were closed. */
void fake_kernel_begin(uint32_t allowed_flags);
