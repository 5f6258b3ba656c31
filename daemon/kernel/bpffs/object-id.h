// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdint.h>

/* The kernel's id of the program, map or link with that descriptor. 0: the id cannot be read. */
uint32_t object_id(int fd);
