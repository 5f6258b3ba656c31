// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/error.h"
#include "ipc/interface.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct method *method_find(const char *name)
{
	for (enum method_id id = 0; id < METHOD_COUNT; id++)
		if (!strcmp(methods[id].name, name))
			return &methods[id];
	return NULL;
}

const struct field *field_find(const struct field *fields, const char *name)
{
	for (; fields->name; fields++)
		if (!strcmp(fields->name, name))
			return fields;
	return NULL;
}

int choice_find(const struct type *type, const char *name)
{
	for (int i = 0; type->names[i]; i++)
		if (!strcmp(type->names[i], name))
			return i + 1;
	return 0;
}

char *choices_format(const struct type *type, char text[static CHOICES_TEXT_MAX])
{
	size_t length = 0;

	text[0] = '\0';
	for (const char *const *name = type->names; *name && length < CHOICES_TEXT_MAX; name++)
		length += snprintf(text + length, CHOICES_TEXT_MAX - length, "%s%s",
				   name == type->names ? "" : ", ", *name);
	return text;
}

static const char *kind_text(const struct field *field)
{
	switch (field->kind) {
	case FIELD_STRING:
	case FIELD_NAME:
		return "string";
	case FIELD_NAMES:
		return "[]string";
	case FIELD_NUMBER:
	case FIELD_SECONDS:
	case FIELD_FD:
		return "int";
	case FIELD_FDS:
		return "[]int";
	case FIELD_BOOLEAN:
		return "bool";
	case FIELD_VERDICTS:
		return "[]Verdict";
	case FIELD_CHOICE:
	case FIELD_OBJECT:
	case FIELD_OBJECTS:
		return field->type->name;
	}
	return NULL;
}

static void write_fields(FILE *text, const struct field *fields)
{
	fputs("(", text);
	for (const struct field *field = fields; field->name; field++) {
		fputs(field == fields ? "\n" : ",\n", text);
		if (field->purpose)
			fprintf(text, "  # %s\n", field->purpose);
		fprintf(text, "  %s: %s%s%s", field->name, field->optional ? "?" : "",
			field->kind == FIELD_OBJECTS ? "[]" : "", kind_text(field));
	}
	fputs(fields->name ? "\n)" : ")", text);
}

static void write_names(FILE *text, const char *const *names)
{
	for (const char *const *name = names; *name; name++)
		fprintf(text, "%s%s", name == names ? "(" : ", ", *name);
	fputs(")", text);
}

char *interface_text(void)
{
	char *written = NULL;
	size_t size;
	FILE *text = open_memstream(&written, &size);

	if (!text)
		return NULL;
	fputs("# Manage chains of XDP programs on network devices.\n"
	      "interface " INTERFACE_NAME "\n",
	      text);
	for (const struct type *const *type = types; *type; type++) {
		fprintf(text, "\ntype %s ", (*type)->name);
		if ((*type)->names)
			write_names(text, (*type)->names);
		else
			write_fields(text, (*type)->fields);
		fputs("\n", text);
	}
	for (enum method_id id = 0; id < METHOD_COUNT; id++) {
		fprintf(text, "\n# %s\nmethod %s", methods[id].purpose, methods[id].name);
		write_fields(text, methods[id].in);
		fputs(" -> ", text);
		write_fields(text, methods[id].out);
		fputs("\n", text);
	}
	fputs("\n# Every error has a one-sentence message, the name of its errno, and further "
	      "lines where\n"
	      "# there are any, such as those of the verifier.\n",
	      text);
	for (enum error_id id = ERROR_NONE + 1; id < ERROR_COUNT; id++)
		fprintf(text, "error %s (message: string, errno: string, detail: []string)\n",
			error_name(id));
	if (fclose(text) != 0) {
		free(written);
		return NULL;
	}
	return written;
}
