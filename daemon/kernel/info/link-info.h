#pragma once

#include <stdint.h>

/* What the kernel reports about a link: what runs where. 0 is what it does not report. */
struct link_info {
	uint32_t id;
	uint32_t program_id;
	uint32_t target_program_id;  /* that it is linked into; not reported before 5.13 */
	uint32_t target_function_id; /* in the BTF of that program: what it replaced */
	uint32_t ifindex;	     /* of an XDP link; gone with its device */
};

/* Asks the kernel; 0 or a negative errno. The fd stays the caller's. */
int link_info_read(int fd, struct link_info *ret);
