// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/*
 * Applies all chain files of a directory, each in the name of its owner (chain-directory.h), and removes what belongs to files
 * that were removed. A file that is refused does not keep the others from being applied; it is reported to the daemon, and at
 * the end to the user. `show` prints the reply to a file that changed something. Returns EXIT_DONE if everything was applied.
 */
enum exit_status apply_directory(const struct invocation *invocation, const char *path,
				 bool allow_map_change, void (*show)(const json_t *reply));
