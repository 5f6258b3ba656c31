#define _GNU_SOURCE
#include "object/variable-text.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* An array of characters with a text in it, and nothing behind. */
static bool is_text(const struct btf *btf, const struct variable *variable, const char *bytes)
{
	const struct btf_type *array = type_resolve(btf, variable->type), *item;
	size_t length = strnlen(bytes, variable->size);

	if (!array || !btf_is_array(array))
		return false;
	item = type_resolve(btf, btf_array(array)->type);
	if (!item || !btf_is_int(item) || item->size != 1 || length == variable->size ||
	    length == 0)
		return false;
	for (size_t i = 0; i < variable->size; i++)
		if (i < length ? !isprint((unsigned char)bytes[i]) || bytes[i] == '"' : bytes[i])
			return false;
	return true;
}

static void print(void *stream, const char *format, va_list arguments)
{
	vfprintf(stream, format, arguments);
}

static int print_value(const struct btf *btf, const struct variable *variable, const void *bytes,
		       FILE *stream)
{
	LIBBPF_OPTS(btf_dump_type_data_opts, options, .compact = true, .skip_names = true,
		    .emit_zeroes = true);
	struct btf_dump *dump;
	int result;

	if (is_text(btf, variable, bytes)) {
		fprintf(stream, "\"%s\"", (const char *)bytes);
		return 0;
	}
	dump = btf_dump__new(btf, print, stream, NULL);
	result = dump ? btf_dump__dump_type_data(dump, variable->type, bytes, variable->size,
						 &options)
		      : -ENOMEM;
	btf_dump__free(dump);
	return result;
}

char *variable_format(const struct btf *btf, const struct variable *variable, const void *bytes,
		      size_t length_max)
{
	static const char more[] = "...";
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	int result = stream ? print_value(btf, variable, bytes, stream) : -ENOMEM;

	if (stream && fclose(stream) != 0)
		result = -ENOMEM;
	if (result < 0) {
		free(text);
		return NULL;
	}
	if (length > length_max && length_max >= strlen(more))
		strcpy(text + length_max - strlen(more), more);
	return text;
}
