// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/file.h"

#include <stdint.h>

/*
 * A file that a client sent, as a receiver passes it to the daemon: a copy in memory, which can be read and
 * closed without waiting for the client's file system.
 */

/* A larger file is not copied; received_read() then fails with the reason. */
#define RECEIVED_SIZE_MAX (16 << 20)

/* How many bytes of the file received_new() would copy. May wait for the file system. */
uint64_t received_plan(int fd);

/*
 * Copies the client's file. Returns the descriptor of the copy, which the caller closes, or a negative
 * errno. May wait for the file system. If the file cannot be read, the copy has the reason, with which
 * received_read() fails.
 */
int received_new(int fd);

/*
 * Makes a copy with an error instead of a file: received_read() fails with that error. Returns its
 * descriptor, or a negative errno.
 */
int received_refuse(const struct error *error);

/*
 * Maps such a copy into memory. `*ret_label` is how errors name it, by the name of the file; both results
 * are the caller's to free. Errors: BadObject, also if the client did not send a file.
 */
int received_read(int fd, char **ret_label, struct blob *ret, struct error *error);
