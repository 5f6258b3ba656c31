#pragma once

#include "daemon/kernel/pin.h"

#include <stddef.h>

/*
 * The pins of one thing in the kernel: a directory and names in it, taken away together, the
 * latest first.
 */
struct pins;

/* Makes the directory `parent`/`name`, for pins_add(). */
int pins_new(const char *parent, const char *name, struct pins **ret, struct error *error);

/*
 * Pins `fd` as `name` in the directory. Dots become underscores: bpffs keeps them for itself
 * (kernel/bpf/inode.c, bpf_lookup()).
 */
int pins_add(struct pins *pins, const char *name, int fd, struct error *error);

/* Takes everything away again. NULL is fine. */
void pins_drop(struct pins **pins);

/* Frees the list and leaves the names. NULL is fine. */
void pins_keep(struct pins **pins);
