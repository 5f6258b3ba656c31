#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes that somebody else made. */
struct blob {
	void *bytes;
	size_t size;
	size_t mapped; /* bytes of the mapping that it is the beginning of; 0: it is from malloc() */
};

/*
 * Opens a regular file to read it, and nothing else: neither a FIFO, which could keep us waiting, nor a
 * device nor a directory, and a symbolic link only with `follow`. The fd is the caller's. Negative
 * errno; file_open_reason() has it as a clause.
 */
int file_open(int directory, const char *name, bool follow);

/* "it is not a regular file", "it is a symbolic link", or the name of the errno. */
const char *file_open_reason(int failure);

/*
 * Reads a regular file from its beginning whatever the file position is, at most `limit` bytes;
 * `what` names it in errors. The fd stays the caller's and `*ret` becomes his; free with
 * blob_done(). Errors: BadObject when it is not a regular file, larger than the limit, or shrinks
 * meanwhile.
 */
int blob_read(int fd, const char *what, size_t limit, struct blob *ret, struct error *error);
void blob_done(struct blob *blob);

/*
 * How errors call an object that was passed as a descriptor: the name its client opened it by, or a
 * plain word. To be freed; NULL: no memory.
 */
char *file_label(int fd);

/* SHA-256 as hexadecimal digits, by nettle. */
#define SHA256_TEXT_SIZE 65
void blob_sha256(const struct blob *blob, char ret[static SHA256_TEXT_SIZE]);

/* Writes all of the bytes, from the file position on. Negative errno. */
int file_write_all(int fd, const void *bytes, size_t size);

/*
 * Makes `size` bytes the contents of the file `name` in the directory, all of them or none: they are
 * written aside, brought to the disk, and renamed (rename(2)). The name is safe on the disk only when
 * the directory is, too: fsync(2) on it is left to the caller, who may have more of them. The file
 * is for its owner only. Errors: KernelRefused, with the name.
 */
int file_replace(int directory, const char *name, const void *bytes, size_t size,
		 struct error *error);

/* The same in two steps, for many files: what is written counts from the second one on. */
int file_prepare(int directory, const char *name, const void *bytes, size_t size,
		 struct error *error);
int file_commit(int directory, const char *name, struct error *error);

/* Removes what a crash left written aside in the directory. */
void file_remove_stale(int directory);
