// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/signatures.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define SUFFIX	      ".sig"
#define SIGNATURE_MAX (16 << 10) /* bytes that the daemon accepts */

static int cannot_read(const char *path, int number, const char *why, struct error *error)
{
	return error_set(error, ERROR_INVALID_ARGUMENT, number,
			 "cannot read the signature '%s': %s", path, why);
}

int signature_read(int directory, const char *object, const char *signature, struct blob *ret,
		   struct error *error)
{
	cleanup(blob_done) struct blob blob = {};
	cleanup(freep) char *beside = NULL;
	cleanup(closep) int fd = -1;
	const char *path = signature;
	int result;

	if (!path && asprintf(&beside, "%s" SUFFIX, object) < 0) {
		beside = NULL;
		return error_memory(error);
	}
	path = path ?: beside;
	fd = file_open(directory, path, true);
	if (fd == -ENOENT && !signature)
		return 0;
	if (fd < 0)
		return cannot_read(path, fd, file_open_reason(fd), error);
	result = blob_read(fd, path, OBJECT_SIZE_MAX, &blob, error);
	if (result < 0)
		return result;
	if (blob.size > SIGNATURE_MAX || memchr(blob.bytes, '\0', blob.size))
		return cannot_read(path, -EINVAL,
				   "it is not a signature as 'ssh-keygen -Y sign' writes it",
				   error);
	*ret = blob;
	blob = (struct blob){};
	return 0;
}

static bool are_empty(size_t n, const struct blob *signatures)
{
	for (size_t i = 0; i < n; i++)
		if (signatures[i].size)
			return false;
	return true;
}

int signatures_pack(size_t n, const struct blob *signatures, int *ret, struct error *error)
{
	cleanup(closep) int fd = -1;
	int result = 0;

	if (are_empty(n, signatures))
		return 0;
	fd = memfd_create("signatures", MFD_CLOEXEC);
	if (fd < 0)
		result = -errno;
	for (size_t i = 0; result == 0 && i < n; i++)
		result = file_write_all(fd, signatures[i].bytes, signatures[i].size)
				 ?: file_write_all(fd, "", 1);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot pass the signatures on: %s",
				 errno_name(result));
	*ret = steal_fd(&fd);
	return 0;
}

/* Options are opened where they are read, so the path is found by the descriptor. */
static int read_beside_descriptor(int fd, struct blob *ret, struct error *error)
{
	char path[PATH_MAX], link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length <= 0 || path[0] != '/')
		return 0;
	path[length] = '\0';
	return signature_read(AT_FDCWD, path, NULL, ret, error);
}

enum exit_status signatures_open(const struct invocation *invocation, const char *object,
				 const struct descriptors *libraries, int *ret)
{
	size_t n = 1 + (libraries ? libraries->n_items : 0);
	cleanup(freep) struct blob *signatures = calloc(n, sizeof(*signatures));
	cleanup(error_done) struct error error = {};
	int result = signatures ? 0 : error_memory(&error);

	if (result == 0)
		result = signature_read(AT_FDCWD, object, option_given(invocation, "signature"),
					&signatures[0], &error);
	for (size_t i = 1; result == 0 && i < n; i++)
		result = read_beside_descriptor(libraries->items[i - 1], &signatures[i], &error);
	if (result == 0)
		result = signatures_pack(n, signatures, ret, &error);
	for (size_t i = 0; signatures && i < n; i++)
		blob_done(&signatures[i]);
	if (result == 0)
		return EXIT_DONE;
	report_error("%s", error.message ?: "out of memory");
	return EXIT_REFUSED;
}
