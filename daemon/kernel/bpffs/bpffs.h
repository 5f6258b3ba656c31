// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

/* Where the machine has its bpffs, and where libxdp looks for it. */
#define BPFFS "/sys/fs/bpf"

/*
 * Prepares `path` for pins: creates its directories, and mounts a bpffs on /sys/fs/bpf if none is mounted
 * there. Errors name the path that is not on a bpffs.
 */
int bpffs_prepare(const char *path, struct error *error);

/*
 * Creates a bpffs that is not mounted anywhere. Returns an fd of its root directory, which the caller
 * closes. The kernel frees the bpffs and its pins with the last fd (fs/namespace.c, dissolve_on_fput()).
 * Errors: KernelRefused, also before Linux 5.2, which has no fsmount(2).
 */
int bpffs_new(struct error *error);

/* The directory on which the bpffs that holds `path` is mounted, to be freed; NULL: no memory. */
char *bpffs_mount_point(const char *path);
