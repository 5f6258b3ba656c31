// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdint.h>

/* The function that an extension should replace; the verifier compares the extension with it. */
struct extension_target {
	int program_fd;
	uint32_t function_id; /* in the BTF of that program */
};
