// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/* Opens the pins of `maps` (NAME=pin:/PATH), in their order; prints an error if one cannot be opened. */
enum exit_status open_pins(const struct strings *maps, struct descriptors *ret);

/* Opens an object file for the request; prints an error if it cannot be opened. */
enum exit_status open_object(const char *path, int *ret);
