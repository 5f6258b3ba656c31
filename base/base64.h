// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/file.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Decodes base64 (RFC 4648), with its padding; white space between the digits is skipped. `ret` has room for
 * base64_decoded_max() bytes. False if the text is anything else.
 */
bool base64_decode(const char *text, size_t length, unsigned char *ret, size_t *ret_size);

#define base64_decoded_max(length) (((length) + 3) / 4 * 3)

/* Encodes, with padding; `ret` has room for base64_encoded_size() characters. */
void base64_encode(const void *bytes, size_t size, char *ret);

/* The same, without padding, as OpenSSH writes fingerprints. */
void base64_encode_unpadded(const void *bytes, size_t size, char *ret);

/* Including the NUL byte at the end. */
#define base64_encoded_size(size) (((size) + 2) / 3 * 4 + 1)
