#pragma once

#include "cli/verb.h"

/*
 * What a command line asks for, done. A verb that has a helper program is left to it, by execve(2),
 * before any of its options is read, so that all that people see comes from one place, and xdpctl
 * starts without the libraries of a few verbs. `helped` is that verb with its functions in the
 * helper itself, NULL in xdpctl. Returns the exit status.
 */
enum exit_status command(int argc, char **argv, const struct verb *helped);

/* Ends the output; what could not be written was not done, as on a full disk. */
enum exit_status flush_output(enum exit_status status);
