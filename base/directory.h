#pragma once

#include <dirent.h>

/* Removes the directory and what is in it, which is no directory itself. What fails stays. */
void directory_remove(int parent, const char *name);

/*
 * Calls `visit` with each name in the directory, but for those that begin with a dot; a directory
 * that cannot be read has none. The visitor may remove what it is shown.
 */
void directory_each(const char *path,
		    void (*visit)(int directory, const char *name, void *userdata), void *userdata);
