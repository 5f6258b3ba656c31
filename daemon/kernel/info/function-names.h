// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdint.h>

/* Reads names of functions from the BTF of their programs; remembers the BTF that it read last. */
struct function_names {
	uint32_t btf_id;
	struct btf *btf;
};

/* The name stays valid until the next call. NULL: it cannot be read. */
const char *function_names_get(struct function_names *names, uint32_t btf_id, uint32_t function_id);

/* Frees the contents. */
void function_names_done(struct function_names *names);
