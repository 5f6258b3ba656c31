// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads a number of a setting; with `is_in_bytes` it can end with K, M or G, which are 1024 bytes and so on. False: the
 * text is invalid, or the number is larger than INT64_MAX.
 */
bool amount_parse(const char *text, bool is_in_bytes, uint64_t *ret);
