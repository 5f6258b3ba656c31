#pragma once

#include "base/error.h"

/* Where the machine has its bpffs, and libxdp looks for it. */
#define BPFFS "/sys/fs/bpf"

/*
 * Prepares `path` and what is above it for pins: makes the directories, and mounts a bpffs on
 * /sys/fs/bpf where nothing else has. Errors name the path that is not on a bpffs.
 */
int bpffs_prepare(const char *path, struct error *error);

/*
 * One that is mounted nowhere: an fd of its root directory, the caller's. It goes, and what is pinned
 * in it, with the last fd (fs/namespace.c, dissolve_on_fput()). Errors: KernelRefused, also before
 * Linux 5.2, which has no fsmount(2).
 */
int bpffs_new(struct error *error);

/* The directory on which the bpffs that holds `path` is mounted, to be freed; NULL: no memory. */
char *bpffs_mount_point(const char *path);
