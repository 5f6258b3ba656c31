// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/component/map-share.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

#define PIN_PREFIX "pin:"

static bool is_pin(const char *from)
{
	return !strncmp(from, PIN_PREFIX "/", strlen(PIN_PREFIX "/"));
}

const char *map_share_path(const struct map_share *share)
{
	return is_pin(share->from) ? share->from + strlen(PIN_PREFIX) : NULL;
}

/* The last colon counts: a map's name cannot contain one, a component's name can. */
const char *map_share_map(const struct map_share *share, size_t *ret_length)
{
	const char *colon = strrchr(share->from, ':');

	*ret_length = colon - share->from;
	return colon + 1;
}

static void share_done(struct map_share *share)
{
	free(share->name);
	free(share->from);
}

const struct map_share *map_shares_find(const struct map_shares *shares, const char *name)
{
	for (size_t i = 0; i < shares->n_items; i++)
		if (!strcmp(shares->items[i].name, name))
			return &shares->items[i];
	return NULL;
}

static void forget(struct map_shares *shares, const struct map_share *share)
{
	size_t number = share - shares->items;

	share_done(&shares->items[number]);
	shares->n_items--;
	memmove(&shares->items[number], &shares->items[number + 1],
		(shares->n_items - number) * sizeof(*shares->items));
}

static int add(struct map_shares *shares, const char *name, const char *from, uint64_t owner,
	       int fd)
{
	struct map_share *longer = reallocarray(shares->items, shares->n_items + 1,
						sizeof(*longer));
	struct map_share share = { strdup(name), strdup(from), owner, fd };

	if (longer)
		shares->items = longer;
	if (!longer || !share.name || !share.from) {
		share_done(&share);
		return -ENOMEM;
	}
	longer[shares->n_items++] = share;
	return 0;
}

static bool is_source(const char *from)
{
	const char *colon = strrchr(from, ':');

	return colon && colon > from && colon[1];
}

int map_shares_add(struct map_shares *shares, const char *name, const char *from, uint64_t owner)
{
	return *name && is_source(from) ? add(shares, name, from, owner, -1) : -EINVAL;
}

/* `text` is "NAME=COMPONENT:MAP" or "NAME=pin:/PATH"; a NAME alone removes the share. */
static int set(struct map_shares *shares, const char *text, int pin, struct error *error)
{
	cleanup(freep) char *name = strndup(text, strcspn(text, "="));
	const char *from = text + strcspn(text, "=");
	const struct map_share *before = name ? map_shares_find(shares, name) : NULL;

	if (!name)
		return error_memory(error);
	if (!*name || (*from ? !is_source(from + 1) : !before))
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "invalid map share '%s'; use NAME=COMPONENT:MAP or "
				 "NAME=pin:/PATH, or NAME alone to drop an existing one",
				 text);
	if (before)
		forget(shares, before);
	return *from && add(shares, name, from + 1, 0, pin) < 0 ? error_memory(error) : 0;
}

int map_shares_set(struct map_shares *shares, const struct strings *texts, size_t n_pins,
		   const int *pins, struct error *error)
{
	size_t n_used = 0;
	int result = 0;

	for (size_t i = 0; result == 0 && i < texts->n_items; i++) {
		const char *from = strchrnul(texts->items[i], '=');
		bool has_pin = *from && is_pin(from + 1);

		if (has_pin && n_used == n_pins)
			return error_set(error, ERROR_INVALID_ARGUMENT, -EBADF,
					 "no file descriptor was passed for '%s'", texts->items[i]);
		result = set(shares, texts->items[i], has_pin ? pins[n_used++] : -1, error);
	}
	if (result == 0 && n_used < n_pins)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "%zu descriptors of pinned maps were passed, but %zu are needed",
				 n_pins, n_used);
	return result;
}

int map_shares_keep(struct map_shares *shares, const struct map_shares *before)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < before->n_items; i++) {
		const struct map_share *share = &before->items[i];

		if (!map_shares_find(shares, share->name))
			result = add(shares, share->name, share->from, share->owner, -1);
	}
	return result;
}

bool map_shares_equal(const struct map_shares *shares, const struct map_shares *other)
{
	for (size_t i = 0; i < shares->n_items; i++) {
		const struct map_share *same = map_shares_find(other, shares->items[i].name);

		if (!same || strcmp(same->from, shares->items[i].from) != 0)
			return false;
	}
	return shares->n_items == other->n_items;
}

int map_shares_format(const struct map_shares *shares, struct strings *ret)
{
	for (size_t i = 0; i < shares->n_items; i++) {
		cleanup(freep) char *text = NULL;

		if (asprintf(&text, "%s=%s", shares->items[i].name, shares->items[i].from) < 0)
			text = NULL;
		if (!text || strings_add(ret, text, strlen(text)) < 0)
			return -ENOMEM;
	}
	return 0;
}

void map_shares_done(struct map_shares *shares)
{
	while (shares->n_items > 0)
		share_done(&shares->items[--shares->n_items]);
	free(steal(shares->items));
}
