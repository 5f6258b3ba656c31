// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Counts what does not run although it is wanted, of the devices and chain files in a reply of Status, and prints a line
 * for each if `print` is true.
 */
size_t status_check(const json_t *devices, const json_t *files, bool print);

/* The same for only the chain files: those that were refused. */
size_t status_check_files(const json_t *files, bool print);
