// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/receiver/received.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define MAGIC 0x78647066u

/* Follows the bytes of the file. */
struct tail {
	uint32_t magic;
	int32_t number; /* of the error, like the next two; 0: no error */
	uint32_t id;
	char message[512];
	char label[NAME_MAX + 1];
};

uint64_t received_plan(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
			       status.st_size <= RECEIVED_SIZE_MAX
		       ? status.st_size
		       : 0;
}

static void note_error(struct tail *tail, const struct error *error)
{
	tail->id = error->id;
	tail->number = error->number;
	snprintf(tail->message, sizeof(tail->message), "%s", error->message ?: "out of memory");
}

static int write_copy(const struct blob *blob, const struct tail *tail)
{
	cleanup(closep) int copy = memfd_create("received", MFD_CLOEXEC);
	int result;

	if (copy < 0)
		return -errno;
	result = file_write_all(copy, blob->bytes, blob->size)
			 ?: file_write_all(copy, tail, sizeof(*tail));
	return result < 0 ? result : steal_fd(&copy);
}

int received_refuse(const struct error *error)
{
	const struct blob nothing = {};
	struct tail tail = { .magic = MAGIC };

	note_error(&tail, error);
	return write_copy(&nothing, &tail);
}

int received_new(int fd)
{
	cleanup(freep) char *label = file_label(fd);
	cleanup(error_done) struct error error = {};
	cleanup(blob_done) struct blob blob = {};
	struct tail tail = { .magic = MAGIC };

	if (!label)
		return -ENOMEM;
	snprintf(tail.label, sizeof(tail.label), "%s", label);
	if (blob_read(fd, label, RECEIVED_SIZE_MAX, &blob, &error) < 0)
		note_error(&tail, &error);
	return write_copy(&blob, &tail);
}

/* The size of the file that was copied, or -errno; -EINVAL: a receiver has not made this copy. */
static off_t read_tail(int fd, struct tail *ret)
{
	struct stat status;
	ssize_t count;
	off_t size;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || status.st_size < (off_t)sizeof(*ret))
		return -EINVAL;
	size = status.st_size - (off_t)sizeof(*ret);
	do
		count = pread(fd, ret, sizeof(*ret), size);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	return count == sizeof(*ret) && ret->magic == MAGIC ? size : -EINVAL;
}

/* Pages are read when they are first used, which does not happen on the event loop. */
static int map(int fd, size_t size, struct blob *ret)
{
	size_t mapped = size + sizeof(struct tail);
	void *bytes = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	if (bytes == MAP_FAILED)
		return -errno;
	*ret = (struct blob){ bytes, size, mapped };
	return 0;
}

int received_read(int fd, char **ret_label, struct blob *ret, struct error *error)
{
	cleanup(freep) char *label = NULL;
	struct tail tail;
	off_t size = read_tail(fd, &tail);
	int result;

	if (size == -EINVAL)
		return error_set(error, ERROR_BAD_OBJECT, -EINVAL,
				 "the object is not a regular file");
	if (size < 0)
		return error_set(error, ERROR_INTERNAL, (int)size, "cannot read the object: %s",
				 errno_name((int)size));
	if (tail.number)
		return error_set(error, tail.id, tail.number, "%s", tail.message);
	label = strdup(tail.label);
	if (!label)
		return error_memory(error);
	result = map(fd, size, ret);
	if (result < 0)
		return error_set(error, ERROR_OUT_OF_MEMORY, result, "cannot map %s: %s", label,
				 errno_name(result));
	*ret_label = steal(label);
	return 0;
}
