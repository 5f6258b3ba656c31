// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

/*
 * Opens a directory that only root and this process' user can change: it and all directories above it belong
 * to them, and others cannot write to them; sticky directories above it, such as /tmp, are accepted. Creates
 * it with mode 700 if it does not exist. It must not be a symbolic link; links above it are followed if root
 * or our user made them. `what` names it in errors. Errors: KernelRefused, naming the directory that does not
 * conform.
 */
int directory_open_own(const char *path, const char *what, int *ret, struct error *error);

/* Removes the directory and the files in it, but no directories in it. What cannot be removed stays. */
void directory_remove(int parent, const char *name);

/*
 * `name` is a path relative to `parent`, as with openat(2). Calls `visit` with each name in the directory
 * that does not begin with a dot; a directory that does not exist has no names. The visitor may remove the
 * file that it is shown. Negative errno: the directory cannot be read, or not completely.
 */
typedef void (*directory_visit)(int directory, const char *name, void *userdata);
int directory_each(int parent, const char *name, directory_visit visit, void *userdata);
