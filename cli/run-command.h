// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"
#include "lib/xdpd.h"

/*
 * Runs the command (its words, ended by NULL) and returns its exit status when it has ended, 128 and the number of
 * the signal if a signal ended it. Signals that other processes send to xdpctl are sent to the command. If the daemon
 * closes the connection before, the command gets SIGTERM and the exit status is EXIT_NO_DAEMON; EXIT_NOT_FOUND or
 * EXIT_NOT_RUN: the command cannot be started. The reason of these was printed.
 */
enum exit_status run_command(char *const *command, struct xdpd_connection *connection,
			     const char *socket_path);
