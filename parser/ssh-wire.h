// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* SSH's encoding (RFC 4251, section 5). A span is a part of bytes that have another owner. */
struct span {
	const unsigned char *bytes;
	size_t size;
};

/* Removes the first bytes from the span. False, and the span is unchanged, if there are too few. */
static inline bool span_take(struct span *from, size_t size, struct span *ret)
{
	if (from->size < size)
		return false;
	*ret = (struct span){ from->bytes, size };
	from->bytes += size;
	from->size -= size;
	return true;
}

static inline bool span_take_number(struct span *from, uint32_t *ret)
{
	struct span number;

	if (!span_take(from, 4, &number))
		return false;
	*ret = (uint32_t)number.bytes[0] << 24 | (uint32_t)number.bytes[1] << 16 |
	       (uint32_t)number.bytes[2] << 8 | number.bytes[3];
	return true;
}

/* A string: its length, followed by its bytes. */
static inline bool span_take_string(struct span *from, struct span *ret)
{
	uint32_t size;

	return span_take_number(from, &size) && span_take(from, size, ret);
}

static inline bool span_is(const struct span *span, const char *text)
{
	return span->size == strlen(text) && !memcmp(span->bytes, text, span->size);
}
