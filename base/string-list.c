// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/string-list.h"

#include "base/cleanup.h"
#include "base/format.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int strings_add(struct strings *list, const char *text, size_t length)
{
	char **longer = reallocarray(list->items, list->n_items + 1, sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	list->items = longer;
	longer[list->n_items] = strndup(text, length);
	if (!longer[list->n_items])
		return -ENOMEM;
	list->n_items++;
	return 0;
}

int strings_print(struct strings *list, const char *format, ...)
{
	cleanup(freep) char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = format_text(format, arguments);
	va_end(arguments);
	return text ? strings_add(list, text, strlen(text)) : -ENOMEM;
}

int strings_append(struct strings *list, const struct strings *more)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < more->n_items; i++)
		result = strings_add(list, more->items[i], strlen(more->items[i]));
	return result;
}

void strings_remove(struct strings *list, size_t number)
{
	free(list->items[number]);
	list->n_items--;
	memmove(&list->items[number], &list->items[number + 1],
		(list->n_items - number) * sizeof(*list->items));
}

bool strings_have(const struct strings *list, const char *text)
{
	for (size_t i = 0; i < list->n_items; i++)
		if (!strcmp(list->items[i], text))
			return true;
	return false;
}

bool strings_equal(const struct strings *list, const struct strings *other)
{
	if (list->n_items != other->n_items)
		return false;
	for (size_t i = 0; i < list->n_items; i++)
		if (strcmp(list->items[i], other->items[i]) != 0)
			return false;
	return true;
}

void strings_done(struct strings *list)
{
	while (list->n_items > 0)
		free(list->items[--list->n_items]);
	free(steal(list->items));
}
