// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "parser/calls.h"

#include "base/cleanup.h"
#include "base/directory.h"
#include "parser/calls-internal.h"
#include "sandbox/calls.h"
#include "sandbox/parcel.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* Global, because libbpf and the C library pass no userdata to the functions that are replaced here. */
static struct {
	int socket;
	bool is_chosen;
	size_t n_handles;
	struct handle {
		ino_t file;
		unsigned int handle;
		struct map_shape shape;
	} handles[PARSER_HANDLES_MAX];
} calls = { .socket = -1 };

void calls_begin(int socket)
{
	calls.socket = socket;
	calls.n_handles = 0;
	calls.is_chosen = false;
}

bool calls_have_begun(void)
{
	return calls.socket >= 0;
}

void calls_mark_chosen(bool is_chosen)
{
	calls.is_chosen = is_chosen;
}

bool calls_is_chosen(void)
{
	return calls.is_chosen;
}

/* All copies of a descriptor refer to the same file, so they are found however libbpf moves them. */
static struct handle *find(int fd)
{
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return NULL;
	for (size_t i = 0; i < calls.n_handles; i++)
		if (calls.handles[i].file == status.st_ino)
			return &calls.handles[i];
	return NULL;
}

unsigned int calls_handle(int fd)
{
	const struct handle *handle = find(fd);

	return handle ? handle->handle : 0;
}

struct map_shape *calls_shape(int fd)
{
	struct handle *handle = find(fd);

	return handle ? &handle->shape : NULL;
}

/* A closed file can get its number reused, so its handle is removed. */
static void forget(ino_t file)
{
	for (size_t i = 0; i < calls.n_handles; i++)
		if (calls.handles[i].file == file)
			calls.handles[i] = calls.handles[--calls.n_handles];
}

int calls_descriptor(unsigned int handle)
{
	struct stat status;
	int fd = memfd_create("handle", MFD_CLOEXEC);

	if (fd < 0 || fstat(fd, &status) < 0) {
		closep(&fd);
		return -EMFILE;
	}
	forget(status.st_ino);
	if (calls.n_handles == PARSER_HANDLES_MAX) {
		closep(&fd);
		return -EMFILE;
	}
	calls.handles[calls.n_handles++] = (struct handle){ status.st_ino, handle, {} };
	return fd;
}

int calls_make(const struct parcel *call, struct parcel *reply)
{
	int result = parcel_send(calls.socket, call);

	if (result == 0)
		result = parcel_receive(calls.socket, SIZE_MAX, NULL, reply);
	if (result < 0 || reply->kind != REPLY)
		_exit(EXIT_FAILURE); /* the process that uses the parser is gone */
	return (int)parcel_get_u32(reply);
}

int calls_open(const char *path)
{
	cleanup(parcel_done) struct parcel call = { .kind = CALL_KERNEL_FILE };
	cleanup(parcel_done) struct parcel reply = {};
	uint64_t number;
	int result;

	parcel_put_text(&call, path);
	result = calls_make(&call, &reply);
	if (result == 0)
		result = parcel_receive_fd(calls.socket, &number);
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}

/* Only one directory is ever listed: that with the types of the kernel's modules. */
int directory_each(int parent, const char *name, directory_visit visit, void *userdata)
{
	cleanup(parcel_done) struct parcel call = { .kind = CALL_MODULES };
	cleanup(parcel_done) struct parcel reply = {};
	const char *module;

	(void)name;
	if (calls_make(&call, &reply) < 0)
		return -EPERM;
	while (reply.at < reply.size && (module = parcel_get_text(&reply)))
		visit(parent, module, userdata);
	return 0;
}
