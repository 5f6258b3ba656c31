// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdint.h>

/* What the kernel reports about a link. Fields that it does not report are 0. */
struct link_info {
	uint32_t id;
	uint32_t program_id;
	/* That the link replaces a function of; kernels before 5.13 do not report it. */
	uint32_t target_program_id;
	uint32_t target_function_id; /* of that function, in the BTF of that program */
	uint32_t ifindex;	     /* of an XDP link; 0 after its device is gone */
};

/* Asks the kernel. Returns 0 or a negative errno. The caller keeps the fd. */
int link_info_read(int fd, struct link_info *ret);
