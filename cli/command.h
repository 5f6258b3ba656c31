// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/*
 * Runs a command line and returns the exit status. A verb with a helper program is passed to it by execve(2)
 * before any of its options is read, so the helper prints everything that users see, and xdpctl starts
 * without the libraries that only a few verbs need. `helped` is that verb with its functions, in the helper
 * program; NULL in xdpctl.
 */
enum exit_status command(int argc, char **argv, const struct verb *helped);

/* Flushes stdout; if that fails, as on a full disk, the command has failed. */
enum exit_status flush_output(enum exit_status status);
