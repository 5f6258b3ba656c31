// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

/*
 * Locks the directory that is open as `fd` for this process. It does not wait for another daemon that holds
 * the lock. The lock is the kernel's (flock(2)): it belongs to the directory itself, whatever path or mount
 * leads to it, and it ends with the last descriptor of that open file, also when the process is killed. A
 * child process must close its copy, or exec.
 *
 * `what` and `path` name the directory in errors. Errors: KernelRefused; -EWOULDBLOCK if another process has
 * the lock, with its pid where the kernel shows it.
 */
int lock_directory(int fd, const char *what, const char *path, struct error *error);
