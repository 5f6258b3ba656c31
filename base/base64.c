// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/base64.h"

#include <nettle/base64.h>

bool base64_decode(const char *text, size_t length, unsigned char *ret, size_t *ret_size)
{
	struct base64_decode_ctx decoder;
	size_t size = base64_decoded_max(length);

	base64_decode_init(&decoder);
	if (!base64_decode_update(&decoder, &size, ret, length, text) ||
	    !base64_decode_final(&decoder))
		return false;
	*ret_size = size;
	return true;
}

void base64_encode(const void *bytes, size_t size, char *ret)
{
	base64_encode_raw(ret, size, bytes);
	ret[base64_encoded_size(size) - 1] = '\0';
}

void base64_encode_unpadded(const void *bytes, size_t size, char *ret)
{
	base64_encode(bytes, size, ret);
	for (char *end = ret + base64_encoded_size(size) - 1; end > ret && end[-1] == '=';)
		*--end = '\0';
}
