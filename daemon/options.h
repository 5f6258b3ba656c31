// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What the command line of xdpd sets. The strings are those of the command line, or constants. */
struct options {
	const char *socket;
	const char *state_directory;
	const char *config_directory;
	const char *bpffs;
	const char *map_owner_socket;
	const char *linker;
	uint64_t fuse_after; /* microseconds */
	bool provides_bpffs;
};

/*
 * Sets the options, with defaults for those that are not given. Returns 0 to continue, else the exit status plus one:
 * then the help, the version or the mistake was printed.
 */
int options_parse(int argc, char **argv, struct options *options);
