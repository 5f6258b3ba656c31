// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/refused-files.h"

#include "base/cleanup.h"
#include "base/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 1024

static void refused_file_done(struct refused_file *file)
{
	free(file->directory);
	free(file->file);
	free(file->owner);
	free(file->why);
}

void refused_files_done(struct refused_files *files)
{
	while (files->n_items > 0)
		refused_file_done(&files->items[--files->n_items]);
	free(steal(files->items));
}

static size_t count_others(const struct refused_files *files, const char *directory)
{
	size_t count = 0;

	for (size_t i = 0; i < files->n_items; i++)
		count += strcmp(files->items[i].directory, directory) != 0;
	return count;
}

/* Appends the files of the list. `ret` has room for them. -ENOMEM. */
static int take(const char *directory, struct list *list, struct refused_files *ret,
		struct error *error)
{
	struct refused_file_request *given = list->items;

	for (size_t i = 0; i < list->n_items; i++) {
		struct refused_file *file = &ret->items[ret->n_items];

		file->directory = strdup(directory);
		if (!file->directory)
			return error_memory(error);
		file->file = steal(given[i].file);
		file->owner = steal(given[i].owner);
		file->why = steal(given[i].why);
		ret->n_items++;
	}
	return 0;
}

/* Moves the files of other directories. */
static void move_others(struct refused_files *from, const char *directory,
			struct refused_files *ret)
{
	for (size_t i = 0; i < from->n_items; i++) {
		struct refused_file *file = &from->items[i];

		if (!strcmp(file->directory, directory))
			continue;
		ret->items[ret->n_items++] = *file;
		*file = (struct refused_file){};
	}
}

int refused_files_report(struct refused_files *files, const char *directory, struct list *list,
			 struct error *error)
{
	cleanup(refused_files_done) struct refused_files reported = {};
	size_t count = list->n_items + count_others(files, directory);
	int result;

	if (count > FILES_MAX)
		return error_set(error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
				 "refused: there would be %zu refused files; the maximum is %d",
				 count, FILES_MAX);
	reported.items = calloc(count + 1, sizeof(*reported.items));
	if (!reported.items)
		return error_memory(error);
	result = take(directory, list, &reported, error);
	if (result < 0)
		return result;
	move_others(files, directory, &reported);
	refused_files_done(files);
	*files = reported;
	reported = (struct refused_files){};
	return 0;
}

json_t *refused_files_encode(const struct refused_files *files, const char *owner)
{
	json_t *list = json_array();

	for (size_t i = 0; i < files->n_items; i++) {
		const struct refused_file *file = &files->items[i];

		if (!owner || !strcmp(owner, file->owner))
			json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "file",
							      text_encode(file->file), "owner",
							      text_encode(file->owner), "why",
							      text_encode(file->why)));
	}
	if (json_array_size(list) > 0)
		return list;
	json_decref(list);
	return NULL;
}
