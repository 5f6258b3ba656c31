// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/kernel/info/prog-info.h"
#include "daemon/kernel/libxdp/config-map.h"

#include <limits.h>

/* The programs that a dispatcher of libxdp runs, in order, opened from the pins beside it. */
struct libxdp_programs {
	int lock_fd; /* -1: not locked */
	/* Contains the programs as prog0-prog, their links as prog0-link, and so on. */
	char directory[PATH_MAX];
	size_t n;
	struct {
		int fd; /* an extension that was loaded against some dispatcher of libxdp */
		struct prog_info info;
	} programs[LIBXDP_CONFIG_PROGRAMS];
};

/*
 * Opens the programs of the dispatcher with that id on that device; free with libxdp_programs_done().
 * Errors: Unsupported if libxdp left no pins, or not all; nothing is open then.
 */
int libxdp_programs_open(const struct libxdp_config *config, unsigned int ifindex,
			 uint32_t dispatcher_id, struct libxdp_programs *ret, struct error *error);
void libxdp_programs_done(struct libxdp_programs *programs);

/*
 * Takes libxdp's lock, as every program does that changes a dispatcher, and keeps it until
 * libxdp_programs_done(). Errors: DeviceBusy while another process has it.
 */
int libxdp_programs_lock(struct libxdp_programs *programs, struct error *error);

/* Removes their pins after the dispatcher has stopped running. The caller has locked them. */
void libxdp_programs_unpin(const struct libxdp_programs *programs);

/*
 * The same for a dispatcher of which only the id is known; does nothing while another process has the lock.
 */
void libxdp_programs_unpin_stale(unsigned int ifindex, uint32_t dispatcher_id);
