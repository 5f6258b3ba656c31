// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <stdbool.h>

/*
 * The pins of one kernel object: a directory in bpffs and its files, which are removed together. A pinned
 * object lives on after that if something else holds it.
 */
struct pins;

/* Creates the directory `parent`/`name`, to be filled by pins_add(). */
int pins_new(const char *parent, const char *name, struct pins **ret, struct error *error);

/* The pins of that directory; it need not exist. */
int pins_at(const char *parent, const char *name, struct pins **ret, struct error *error);

/* The pins that an earlier process left. Errors: -ENOENT if it left none. */
int pins_open(const char *parent, const char *name, struct pins **ret, struct error *error);

/*
 * Pins `fd` as `name` in the directory. Dots in the name become underscores, because bpffs reserves names
 * with dots (kernel/bpf/inode.c, bpf_lookup()).
 */
int pins_add(struct pins *pins, const char *name, int fd, struct error *error);

/* Opens the pin `name`. Returns a file descriptor, which the caller closes, or a negative errno. */
int pins_get(const struct pins *pins, const char *name);

/* The path of their directory; it stays valid as long as the pins. */
const char *pins_directory(const struct pins *pins);

/* Removes the pin `name`, if it exists. */
void pins_remove(struct pins *pins, const char *name);

/* Renames the pin `from` to `to`, which it replaces. 0 or a negative errno. */
int pins_rename(struct pins *pins, const char *from, const char *to);

/*
 * 1: the pin `name` exists and holds the same object as `fd`; 0: it holds another one; a negative errno if it
 * cannot be opened (-ENOENT: there is none).
 */
int pins_hold(const struct pins *pins, const char *name, int fd);

/* Makes the pin `name` hold the object of `fd`, whatever is there now. */
int pins_repair(struct pins *pins, const char *name, int fd, struct error *error);

/*
 * The owner of pins passes each pin, as a name and the object that belongs there, to a visitor that creates,
 * compares or repairs it. The visit ends at the first negative result.
 */
typedef int (*pin_visit)(struct pins *pins, const char *name, int fd, void *userdata);

/* A visitor that creates each pin; `userdata` is the struct error. */
int pins_visit_add(struct pins *pins, const char *name, int fd, void *userdata);

/* Removes the pins and their directory, and frees the struct. NULL is fine. */
void pins_drop(struct pins **pins);

/* Frees the struct but leaves the pins, for a daemon that starts later. NULL is fine. */
void pins_keep(struct pins **pins);
