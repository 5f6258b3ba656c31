// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/request-signatures.h"

#include "base/cleanup.h"
#include "daemon/receiver/received.h"

#include <string.h>

int request_signatures_read(int fd, struct request_signatures *ret, struct error *error)
{
	cleanup(freep) char *label = NULL;

	*ret = (struct request_signatures){};
	return fd < 0 ? 0 : received_read(fd, &label, &ret->file, error);
}

int request_signatures_take(struct request_signatures *signatures, struct blob *ret,
			    struct error *error)
{
	const char *text = (const char *)signatures->file.bytes + signatures->at;
	size_t left = signatures->file.size - signatures->at;
	const char *end = left ? memchr(text, '\0', left) : NULL;

	if (!signatures->file.bytes)
		return 0;
	if (!end)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "signatures: there are %zu, each ended by a NUL byte, but more "
				 "objects",
				 signatures->n_taken);
	signatures->at += end - text + 1;
	signatures->n_taken++;
	if (end == text)
		return 0;
	ret->bytes = strndup(text, end - text);
	if (!ret->bytes)
		return error_memory(error);
	ret->size = end - text;
	return 0;
}

int request_signatures_end(const struct request_signatures *signatures, struct error *error)
{
	if (signatures->at == signatures->file.size)
		return 0;
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "signatures: there are more than the %zu objects", signatures->n_taken);
}

void request_signatures_done(struct request_signatures *signatures)
{
	blob_done(&signatures->file);
}
