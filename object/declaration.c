#define _GNU_SOURCE
#include "object/declaration.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static void print(void *stream, const char *format, va_list arguments)
{
	vfprintf(stream, format, arguments);
}

/* Structures without a name are written out, on many lines. */
static void join_lines(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		bool blank = *from == '\n' || *from == '\t' || *from == ' ';

		if (!blank)
			*to++ = *from;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	*to = '\0';
}

char *declaration(const struct btf *btf, uint32_t id, const char *name)
{
	LIBBPF_OPTS(btf_dump_emit_type_decl_opts, options, .field_name = name);
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	struct btf_dump *dump = stream ? btf_dump__new(btf, print, stream, NULL) : NULL;
	int result = dump ? btf_dump__emit_type_decl(dump, id, &options) : -ENOMEM;

	btf_dump__free(dump);
	if (stream)
		fclose(stream);
	if (result < 0) {
		free(text);
		return NULL;
	}
	join_lines(text);
	return text;
}
