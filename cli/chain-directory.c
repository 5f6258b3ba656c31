// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/chain-directory.h"

#include "base/cleanup.h"
#include "cli/show.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX ".json"

void chain_directory_done(struct chain_directory *directory)
{
	for (size_t i = 0; i < directory->n_files; i++) {
		free(directory->files[i].path);
		free(directory->files[i].owner);
	}
	free(directory->files);
	free(directory->path);
	free(directory->prefix);
	*directory = (struct chain_directory){};
}

static int is_chain_file(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name), suffix = strlen(SUFFIX);

	return entry->d_name[0] != '.' && length > suffix &&
	       !strcmp(entry->d_name + length - suffix, SUFFIX);
}

/* Not alphasort(), whose order depends on the locale. */
static int by_name(const struct dirent **one, const struct dirent **other)
{
	return strcmp((*one)->d_name, (*other)->d_name);
}

static int add_file(struct chain_directory *directory, const char *name, struct error *error)
{
	struct chain_file *file = &directory->files[directory->n_files];
	int stem = (int)(strlen(name) - strlen(SUFFIX));

	if (asprintf(&file->path, "%s/%s", directory->path, name) < 0)
		return error_memory(error);
	if (asprintf(&file->owner, "%s%.*s", directory->prefix, stem, name) < 0) {
		free(file->path);
		return error_memory(error);
	}
	directory->n_files++;
	return 0;
}

/* The name of a directory that does not exist, or cannot be found, stays as it was given. */
static int name_directory(const char *path, struct chain_directory *ret, struct error *error)
{
	const char *slash;

	ret->path = realpath(path, NULL) ?: strdup(path);
	for (size_t end = ret->path ? strlen(ret->path) : 0; end > 1 && ret->path[end - 1] == '/';)
		ret->path[--end] = '\0';
	slash = ret->path ? strrchr(ret->path, '/') : NULL;
	if (ret->path && asprintf(&ret->prefix, "%s/", slash ? slash + 1 : ret->path) >= 0)
		return 0;
	ret->prefix = NULL;
	return error_memory(error);
}

static int list(struct chain_directory *directory, bool *ret_missing, struct error *error)
{
	struct dirent **entries = NULL;
	int count = scandir(directory->path, &entries, is_chain_file, by_name);
	int result = 0;

	*ret_missing = count < 0 && errno == ENOENT;
	if (*ret_missing)
		return 0;
	if (count < 0)
		return error_set(error, ERROR_INVALID_ARGUMENT, -errno, "cannot read '%s': %s",
				 directory->path, strerror(errno));
	directory->files = calloc(count + 1, sizeof(*directory->files));
	if (!directory->files)
		result = error_memory(error);
	for (int i = 0; i < count; i++) {
		if (result == 0)
			result = add_file(directory, entries[i]->d_name, error);
		free(entries[i]);
	}
	free(entries);
	return result;
}

int chain_directory_read(const char *path, struct chain_directory *ret, bool *ret_missing,
			 struct error *error)
{
	return name_directory(path, ret, error) ?: list(ret, ret_missing, error);
}

static bool has_file(const struct chain_directory *directory, const char *owner)
{
	for (size_t i = 0; i < directory->n_files; i++)
		if (!strcmp(directory->files[i].owner, owner))
			return true;
	return false;
}

static bool contains(const json_t *strings, const char *text)
{
	json_t *item;
	size_t i;

	json_array_foreach(strings, i, item)
	{
		if (!strcmp(json_string_value(item), text))
			return true;
	}
	return false;
}

static void add_removed(const struct chain_directory *directory, const char *owner, json_t *removed)
{
	if (!strncmp(owner, directory->prefix, strlen(directory->prefix)) &&
	    !has_file(directory, owner) && !contains(removed, owner))
		json_array_append_new(removed, json_string(owner));
}

/* The owners of a device's components and settings. */
static void add_removed_of(const struct chain_directory *directory, const json_t *device,
			   json_t *removed)
{
	json_t *component, *setting;
	size_t i;

	json_array_foreach(json_object_get(device, "components"), i, component)
	{
		if (!json_object_get(component, "while_connected"))
			add_removed(directory, reply_text(component, "owner"), removed);
	}
	json_array_foreach(json_object_get(device, "setting_owners"), i, setting)
	{
		const char *text = json_string_value(setting);
		const char *owner = text ? strchr(text, '=') : NULL;

		if (owner)
			add_removed(directory, owner + 1, removed);
	}
}

json_t *chain_directory_find_removed(const struct chain_directory *directory, const json_t *status)
{
	json_t *removed = json_array();
	json_t *device;
	size_t i;

	json_array_foreach(json_object_get(status, "devices"), i, device)
	{
		add_removed_of(directory, device, removed);
	}
	return removed;
}
