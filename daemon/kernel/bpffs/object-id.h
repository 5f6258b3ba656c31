#pragma once

#include <stdint.h>

/* The kernel's id of a program, a map or a link, by a descriptor of it. 0: it is not known. */
uint32_t object_id(int fd);
