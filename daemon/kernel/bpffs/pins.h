#pragma once

#include "base/error.h"

#include <stdbool.h>

/*
 * The pins of one thing in the kernel: a directory in bpffs and the names in it, which are removed together.
 * The object of a name lives on if another holder keeps it.
 */
struct pins;

/* Makes the directory `parent`/`name`, for pins_add(). */
int pins_new(const char *parent, const char *name, struct pins **ret, struct error *error);

/* Those of that name, whether anything is there or not. */
int pins_at(const char *parent, const char *name, struct pins **ret, struct error *error);

/* The pins that an earlier process left. Errors: -ENOENT if it left none. */
int pins_open(const char *parent, const char *name, struct pins **ret, struct error *error);

/*
 * Pins `fd` as `name` in the directory. Dots become underscores: bpffs keeps them for itself
 * (kernel/bpf/inode.c, bpf_lookup()).
 */
int pins_add(struct pins *pins, const char *name, int fd, struct error *error);

/* What is pinned as that `name`: a file descriptor, the caller's; or a negative errno. */
int pins_get(const struct pins *pins, const char *name);

/* Where they are, a path; the pins keep it. */
const char *pins_directory(const struct pins *pins);

/* Takes one name away, if it is there. */
void pins_remove(struct pins *pins, const char *name);

/* Renames the pin `from` to `to`, which it replaces. 0 or a negative errno. */
int pins_rename(struct pins *pins, const char *from, const char *to);

/* Is that name there, and what is pinned there the object of `fd`? */
bool pins_hold(const struct pins *pins, const char *name, int fd);

/* Makes it so, whatever is there. */
int pins_repair(struct pins *pins, const char *name, int fd, struct error *error);

/*
 * An owner of pins passes each pin, as a name and the object that belongs there, to a visitor that makes,
 * compares or repairs it. Ends at the first negative result.
 */
typedef int (*pin_visit)(struct pins *pins, const char *name, int fd, void *userdata);

/* The visitor that makes them; `userdata` is the struct error. */
int pins_visit_add(struct pins *pins, const char *name, int fd, void *userdata);

/* Takes everything away again. NULL is fine. */
void pins_drop(struct pins **pins);

/* Forgets the names and leaves them: what a daemon that stops leaves behind. NULL is fine. */
void pins_keep(struct pins **pins);
