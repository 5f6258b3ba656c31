// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes from outside. */
struct blob {
	void *bytes;
	size_t size;
	size_t mapped; /* size of the mapping that begins at `bytes`; 0: they are from malloc() */
};

/*
 * Opens a regular file for reading and refuses everything else: a FIFO, which could keep us waiting, a
 * device, a directory, and, without `follow`, a symbolic link. The caller owns the descriptor. Returns a
 * negative errno on failure; file_open_reason() describes it.
 */
int file_open(int directory, const char *name, bool follow);

/* "it is not a regular file", "it is a symbolic link", or the name of the errno. */
const char *file_open_reason(int failure);

/*
 * Reads at most `limit` bytes of a regular file, from its beginning and independent of the file position;
 * `what` names it in errors. The caller keeps the descriptor and owns `*ret`; free it with blob_done().
 * Errors: BadObject if the file is not regular, is larger than the limit, or shrinks meanwhile.
 */
int blob_read(int fd, const char *what, size_t limit, struct blob *ret, struct error *error);
void blob_done(struct blob *blob);

/*
 * How errors name an object that was passed as a descriptor: the name by which its client opened it, or a
 * plain word. The caller frees it; NULL: out of memory.
 */
char *file_label(int fd);

/* SHA-256 as hexadecimal digits. */
#define SHA256_TEXT_SIZE 65
void blob_sha256(const struct blob *blob, char ret[static SHA256_TEXT_SIZE]);

/* Writes all of the bytes, from the file position on. Negative errno. */
int file_write_all(int fd, const void *bytes, size_t size);

/*
 * Replaces the contents of the file `name` in the directory by `size` bytes, completely or not at all: they
 * are written to another file, flushed to disk, and renamed (rename(2)). The name is safe on disk only after
 * fsync(2) of the directory; the caller does that, because it may have replaced several files. Only the owner
 * can read the file. Errors: KernelRefused, with the name.
 */
int file_replace(int directory, const char *name, const void *bytes, size_t size,
		 struct error *error);

/* The same in two steps, for many files: the new contents replace the old ones in the second step. */
int file_prepare(int directory, const char *name, const void *bytes, size_t size,
		 struct error *error);
int file_commit(int directory, const char *name, struct error *error);

/* Removes what a crash left behind between the two steps. */
void file_remove_stale(int directory);
