#pragma once

/* Removes the directory and what is in it, which is no directory itself. What fails stays. */
void directory_remove(int parent, const char *name);

/*
 * `name` is a path from `parent`, as with openat(2). Calls `visit` with each name in the directory, but for those that begin with a dot; a directory
 * that is not there has none. The visitor may remove what it is shown. Negative errno: it cannot be
 * read, or not all of it.
 */
typedef void (*directory_visit)(int directory, const char *name, void *userdata);
int directory_each(int parent, const char *name, directory_visit visit, void *userdata);
