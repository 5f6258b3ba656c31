#pragma once

#include "base/error.h"

/*
 * Opens a directory that only root and we can change: neither it nor any directory above it may belong
 * to others or be writable for them, but for sticky ones above it, as /tmp is. Creates it, with mode
 * 700, if it does not exist. It must not be a symbolic link; links above it are followed if root or we
 * made them. `what` names it in errors. Errors: KernelRefused, with the directory that is in the way.
 */
int directory_open_own(const char *path, const char *what, int *ret, struct error *error);

/* Removes the directory and what is in it, which is no directory itself. What fails stays. */
void directory_remove(int parent, const char *name);

/*
 * `name` is a path from `parent`, as with openat(2). Calls `visit` with each name in the directory, but for those that begin with a dot; a directory
 * that is not there has none. The visitor may remove what it is shown. Negative errno: it cannot be
 * read, or not all of it.
 */
typedef void (*directory_visit)(int directory, const char *name, void *userdata);
int directory_each(int parent, const char *name, directory_visit visit, void *userdata);
