// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/*
 * Turns a chain file ("-": standard input) into the request: opens the objects that it names by path,
 * relative to the file, each content once, and names them by their contents. Errors are printed on stderr,
 * with the path in the document.
 */
enum exit_status chains_file_read(const char *path, struct apply_request *request);

/* The same for a file of a directory: it must be a regular file, so it cannot keep this process waiting. */
enum exit_status chains_file_read_regular(const char *path, struct apply_request *request);
