// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <limits.h>

/*
 * The path of a helper program: in the directory of this program, in the same build, or where it is
 * installed.
 */
void helper_find(const char *program, char ret[static PATH_MAX]);
