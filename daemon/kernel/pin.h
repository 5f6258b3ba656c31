#pragma once

#include "base/error.h"

/*
 * A name in bpffs that undoes itself: pin_drop() takes it away again, the object lives on if
 * anybody else holds it. A directory is a pin too.
 */
struct pin;

/* `fd` stays the caller's. Errors: KernelRefused, with the path. `*ret` is written on success. */
int pin_new(const char *path, int fd, struct pin **ret, struct error *error);

/* The same for a directory (mode 0700), which must not exist. */
int pin_directory(const char *path, struct pin **ret, struct error *error);

/* Takes the name away. NULL is fine. */
void pin_drop(struct pin **pin);

/* Forgets the name without taking it away: what a daemon that stops leaves behind. */
void pin_keep(struct pin **pin);

/*
 * Prepares `path` and what is above it for pins: makes the directories, and mounts a bpffs on
 * /sys/fs/bpf where nothing else has. Errors name the path that is not on a bpffs.
 */
int pin_prepare(const char *path, struct error *error);

/* The directory on which the bpffs that holds `path` is mounted, to be freed; NULL: no memory. */
char *pin_mount_point(const char *path);
