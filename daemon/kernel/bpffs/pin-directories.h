// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <stdbool.h>

/* Where one daemon keeps its pins: directories below the one that it was started with. */
struct pin_directories {
	char *directory;   /* the directory that the daemon was started with */
	int lock;	   /* the same, open and locked; valid while `directory` is set */
	char *components;  /* ID/program, ID/map-NAME */
	char *generations; /* IFINDEX-NUMBER/rootlet, .../counters, .../slot-N */
	char *devices;	   /* IFINDEX/link */
	char *maps; /* DEVICE/COMPONENT/MAP, for other processes (daemon/control/pins/map-pins.h) */
	char *map_root;	   /* for maps that ask to be pinned by name: the root of the bpffs */
	char *dispatchers; /* of libxdp, with its pins; NULL: libxdp uses another bpffs */
	char *owner_helper; /* socket of the helper that changes owners of pins (map-owner/request.h) */
};

/*
 * Creates missing directories and locks `directory`. Copies the path of the helper's socket. Mounts a bpffs on
 * /sys/fs/bpf if `directory` is below it. Errors: KernelRefused; -EWOULDBLOCK if another daemon has its pins in `directory`.
 */
int pin_directories_init(struct pin_directories *directories, const char *directory,
			 const char *owner_helper, struct error *error);

/* Do all directories exist, and is `directory` still the one that we locked? */
bool places_are_there(const struct pin_directories *directories);

/*
 * Creates directories that were removed, and locks `directory` if it is new. Errors as with
 * pin_directories_init().
 */
int places_repair(struct pin_directories *directories, struct error *error);

/*
 * The path below our directories as other processes see it, to be freed: a sandboxed service sees the
 * machine's bpffs at a different path. NULL: no memory.
 */
char *pin_directories_outside(const struct pin_directories *directories, const char *path);
void pin_directories_done(struct pin_directories *directories);
