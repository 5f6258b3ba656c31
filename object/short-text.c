// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/short-text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LEFT_OUT "..."

void short_text_add(struct short_text *text, const char *format, ...)
{
	size_t left = text->size - text->length;
	va_list arguments;
	int length;

	if (text->is_full)
		return;
	va_start(arguments, format);
	length = vsnprintf(text->bytes + text->length, left, format, arguments);
	va_end(arguments);
	if (length >= 0 && (size_t)length < left) {
		text->length += length;
		return;
	}
	text->is_full = true;
	text->length = text->size - 1;
	strcpy(text->bytes + text->size - sizeof(LEFT_OUT), LEFT_OUT);
}

void short_text_trim(struct short_text *text)
{
	if (!text->is_full && text->length && text->bytes[text->length - 1] == ' ')
		text->bytes[--text->length] = '\0';
}
