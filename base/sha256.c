// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/file.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>

void blob_sha256(const struct blob *blob, char ret[static SHA256_TEXT_SIZE])
{
	struct sha256_ctx hash;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_init(&hash);
	sha256_update(&hash, blob->size, blob->bytes);
	sha256_digest(&hash, sizeof(digest), digest);
	base16_encode_update(ret, sizeof(digest), digest);
	ret[SHA256_TEXT_SIZE - 1] = '\0';
}
