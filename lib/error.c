// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "lib/error.h"

#include "base/cleanup.h"
#include "base/format.h"
#include "ipc/interface.h"

#include <stdio.h>
#include <string.h>

#define STATIC_TEXT 1u /* the strings must not be freed */

void xdpd_error_free(struct xdpd_error *error)
{
	if (!error)
		return;
	if (!(error->flags & STATIC_TEXT)) {
		free((char *)error->name);
		free((char *)error->message);
		free((char *)error->detail);
	}
	*error = (struct xdpd_error)XDPD_ERROR_NULL;
}

bool xdpd_error_has_name(const struct xdpd_error *error, const char *name)
{
	return error && error->name && !strcmp(error->name, name);
}

int public_error_memory(struct xdpd_error *error)
{
	xdpd_error_free(error);
	if (error)
		*error = (struct xdpd_error){ XDPD_ERROR_OUT_OF_MEMORY, "out of memory", NULL,
					      ENOMEM, STATIC_TEXT };
	return -ENOMEM;
}

/* Takes the strings; NULL for the first two: there was no memory for them. */
static int fill(struct xdpd_error *error, char *name, char *message, char *detail, int number)
{
	if (!error || !name || !message) {
		free(name);
		free(message);
		free(detail);
		return error ? public_error_memory(error) : -number;
	}
	xdpd_error_free(error);
	*error = (struct xdpd_error){ name, message, detail, number, 0 };
	return -number;
}

int public_error_set(struct xdpd_error *error, const char *name, int number, const char *format,
		     ...)
{
	va_list arguments;
	char *message;

	if (!error)
		return -number;
	va_start(arguments, format);
	message = format_text(format, arguments);
	va_end(arguments);
	return fill(error, strdup(name), message, NULL, number);
}

int public_error_take(struct xdpd_error *error, const struct error *from)
{
	char *name = NULL;

	if (asprintf(&name, INTERFACE_NAME ".%s", error_name(from->id)) < 0)
		name = NULL;
	return fill(error, name, from->message ? strdup(from->message) : NULL,
		    from->detail ? strdup(from->detail) : NULL, -from->number);
}

int public_error_copy(struct xdpd_error *error, const struct xdpd_error *from)
{
	return fill(error, strdup(from->name), strdup(from->message),
		    from->detail ? strdup(from->detail) : NULL, from->number);
}

/* The number of "ENODEV"; an unknown name is EREMOTEIO. */
static int errno_number(const char *name)
{
	for (int number = 1; name && number < 256; number++) {
		const char *known = strerrorname_np(number);

		if (known && !strcmp(known, name))
			return number;
	}
	return EREMOTEIO;
}

static char *join_lines(const json_t *lines)
{
	cleanup(freep) char *text = NULL;
	FILE *stream;
	size_t size, i;
	json_t *line;

	if (!json_array_size(lines))
		return NULL;
	stream = open_memstream(&text, &size);
	if (!stream)
		return NULL;
	json_array_foreach(lines, i, line)
		fprintf(stream, "%s%s", i ? "\n" : "", json_string_value(line) ?: "");
	return fclose(stream) == 0 ? steal(text) : NULL;
}

int public_error_decode(struct xdpd_error *error, const json_t *reply)
{
	const json_t *parameters = json_object_get(reply, "parameters");
	const char *name = json_string_value(json_object_get(reply, "error")) ?: "unknown";
	const char *message = json_string_value(json_object_get(parameters, "message")) ?: name;
	const char *number = json_string_value(json_object_get(parameters, "errno"));

	return fill(error, strdup(name), strdup(message),
		    join_lines(json_object_get(parameters, "detail")), errno_number(number));
}
