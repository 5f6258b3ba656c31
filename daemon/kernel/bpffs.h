#pragma once

#include "base/error.h"

/* Where the machine has its bpffs, and libxdp looks for it. */
#define BPFFS "/sys/fs/bpf"

/*
 * Prepares `path` and what is above it for pins: makes the directories, and mounts a bpffs on
 * /sys/fs/bpf where nothing else has. Errors name the path that is not on a bpffs.
 */
int bpffs_prepare(const char *path, struct error *error);

/* The directory on which the bpffs that holds `path` is mounted, to be freed; NULL: no memory. */
char *bpffs_mount_point(const char *path);
