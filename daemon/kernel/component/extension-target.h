#pragma once

#include <stdint.h>

/* The function that an extension is to replace; verification needs one to compare with. */
struct extension_target {
	int program_fd;
	uint32_t function_id; /* in the BTF of that program */
};
