// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/state/setting-owners.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/chain/owner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const settings[] = { "mode", "match", "interop", "policy" };

/* The owner in a text of the list, if it is about that setting; else NULL. */
static const char *owner_of(const char *text, const char *setting)
{
	size_t length = strlen(setting);

	return !strncmp(text, setting, length) && text[length] == '=' ? text + length + 1 : NULL;
}

bool setting_owners_have(const struct strings *owners, const char *setting, const char *owner)
{
	for (size_t i = 0; i < owners->n_items; i++) {
		const char *has = owner_of(owners->items[i], setting);

		if (has && !strcmp(has, owner))
			return true;
	}
	return false;
}

const char *setting_owners_find_other(const struct strings *owners, const char *setting,
				      const char *owner)
{
	for (size_t i = 0; i < owners->n_items; i++) {
		const char *has = owner_of(owners->items[i], setting);

		if (has && !same_owner(has, owner))
			return has;
	}
	return NULL;
}

bool setting_owners_have_any(const struct strings *owners, const char *owner)
{
	for (size_t i = 0; i < array_size(settings); i++)
		if (setting_owners_have(owners, settings[i], owner))
			return true;
	return false;
}

int setting_owners_add(struct strings *owners, const char *setting, const char *owner,
		       struct error *error)
{
	return strings_print(owners, "%s=%s", setting, owner) < 0 ? error_memory(error) : 0;
}

bool setting_owners_remove(struct strings *owners, const char *setting, const char *owner)
{
	for (size_t i = 0; i < owners->n_items; i++) {
		const char *has = owner_of(owners->items[i], setting);

		if (!has || strcmp(has, owner) != 0)
			continue;
		strings_remove(owners, i);
		return true;
	}
	return false;
}

char *setting_owners_format(const struct strings *owners)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < owners->n_items; i++)
		fprintf(stream, "%s%s", i > 0 ? "," : "", owners->items[i]);
	if (fclose(stream) != 0)
		free(steal(text));
	return text;
}

static const char *find_owner(const char *text)
{
	const char *owner = NULL;

	for (size_t i = 0; !owner && i < array_size(settings); i++)
		owner = owner_of(text, settings[i]);
	return owner;
}

static int check(const char *text, const char *owner, struct error *error)
{
	const char *found = find_owner(text);

	if (!found)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "invalid '%.80s'; use SETTING=OWNER, where SETTING is mode, "
				 "match, interop or policy",
				 text);
	if (owner && strcmp(found, owner) != 0)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "the setting belongs to owner '%.80s', so owner '%s' cannot apply "
				 "it",
				 found, owner);
	return owner_check(found, error);
}

int setting_owners_check(const struct strings *owners, const char *owner, struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < owners->n_items; i++)
		result = check(owners->items[i], owner, error);
	return result;
}
