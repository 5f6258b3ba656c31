#pragma once

#include "base/error.h"
#include "base/file.h"

#include <stdint.h>

/*
 * A file that a client sent, as a receiver passes it to the daemon: a copy in memory, which can be read and closed
 * without waiting for the client's file system.
 */

/* A larger file is not copied; received_read() gives the reason. */
#define RECEIVED_SIZE_MAX (16 << 20)

/* How many bytes would be copied. May wait for the file system. */
uint64_t received_plan(int fd);

/*
 * A copy of the client's file: its descriptor, or a negative errno. May wait for the file system. If the file
 * cannot be read, there is a copy all the same, and received_read() fails with the reason.
 */
int received_new(int fd);

/* In place of a copy: received_read() fails with that error. A descriptor, or a negative errno. */
int received_refuse(const struct error *error);

/*
 * Maps such a copy into memory. `*ret_label` is how errors call it: the file's name. Errors: BadObject, also when the
 * descriptor is not one of a file.
 */
int received_read(int fd, char **ret_label, struct blob *ret, struct error *error);
