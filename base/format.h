// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdarg.h>
#include <stdio.h>

/* The text in memory of its own, to be freed; NULL: no memory. */
__attribute__((format(printf, 1, 0))) static inline char *format_text(const char *format,
								      va_list arguments)
{
	char *text;

	return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}
