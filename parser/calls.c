// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "parser/calls.h"

#include "base/cleanup.h"
#include "base/directory.h"
#include "parser/calls-internal.h"
#include "sandbox/calls.h"
#include "sandbox/parcel.h"
#include "sandbox/parser.h"

#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

/* Represents descriptors of the other process: /dev/zero, which libbpf can copy, map for maps with variables, and close. */
#define EMPTY_FILE STDIN_FILENO

/* libbpf creates BPF tokens with it; the process that uses the parser makes the calls with its own rights. */
#define TOKEN_DIRECTORY "/sys/fs/bpf"

struct handle {
	unsigned int handle; /* 0: the descriptor represents nothing */
	struct map_shape shape;
};

/* Global, because libbpf and the C library pass no userdata to the functions that are replaced here. */
static struct {
	int socket;
	bool is_chosen;
	struct handle handles[PARSER_DESCRIPTORS_MAX]; /* by descriptor */
} calls = { .socket = -1 };

void calls_begin(int socket)
{
	calls.socket = socket;
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

static struct handle *find(int fd)
{
	return fd >= 0 && fd < PARSER_DESCRIPTORS_MAX && calls.handles[fd].handle
		       ? &calls.handles[fd]
		       : NULL;
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

void calls_copied(int fd, int copy)
{
	const struct handle *handle = find(fd);

	if (copy >= 0 && copy < PARSER_DESCRIPTORS_MAX)
		calls.handles[copy] = handle ? *handle : (struct handle){};
}

void calls_closed(int fd)
{
	struct handle *handle = find(fd);

	if (handle)
		*handle = (struct handle){};
}

int calls_placeholder(void)
{
	int fd = dup(EMPTY_FILE);

	return fd < 0 ? -errno : fd;
}

int calls_descriptor(unsigned int handle)
{
	int fd = calls_placeholder();

	if (fd < 0)
		return fd;
	if (fd >= PARSER_DESCRIPTORS_MAX) {
		closep(&fd);
		return -EMFILE;
	}
	calls.handles[fd] = (struct handle){ handle, {} };
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

/* -errno */
static int open_elsewhere(const char *path)
{
	cleanup(parcel_done) struct parcel call = { .kind = CALL_KERNEL_FILE };
	uint64_t failure = 0;
	int result;

	if (!strcmp(path, TOKEN_DIRECTORY))
		return -EACCES;
	parcel_put_text(&call, path);
	result = parcel_send(calls.socket, &call);
	if (result < 0)
		return result;
	result = parcel_receive_fd(calls.socket, &failure);
	return failure ? (int)failure : result;
}

int calls_open(const char *path)
{
	int result = open_elsewhere(path);

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
