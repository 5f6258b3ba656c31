#pragma once

#include <stdint.h>

/* Names of functions by the kernel's types of their programs; remembers those it read last. */
struct function_names {
	uint32_t btf_id;
	struct btf *btf;
};

/* NULL: it is not known. The name lives until the next call. */
const char *function_names_get(struct function_names *names, uint32_t btf_id, uint32_t function_id);

void function_names_done(struct function_names *names);
