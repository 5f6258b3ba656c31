// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/service/owner-setting.h"

#include "base/cleanup.h"
#include "base/user-group.h"
#include "daemon/chain/owner.h"
#include "daemon/service/amount.h"
#include "daemon/service/client-netns.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define BLANKS " \t"

/* A key of the setting: each value replaces the one before. */
struct key {
	const char *name;
	int (*set)(const struct key *key, char *value, struct grant *grant, struct error *error);
	size_t offset;	  /* of a number */
	bool is_in_bytes; /* the number can end with K, M or G */
};

static int invalid(const struct key *key, const char *value, const char *use, struct error *error)
{
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "%s: invalid value '%.80s'; use %s", key->name, value, use);
}

static int set_group(const struct key *key, char *value, struct grant *grant, struct error *error)
{
	id_t gid = USER_GROUP_NONE;
	int result = *value ? group_find(value, &gid, error) : 0;

	if (result < 0)
		return result;
	if (*value && gid == USER_GROUP_NONE)
		return error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT, "%s: no group '%.80s'",
				 key->name, value);
	free(grant->group);
	grant->group = strdup(value);
	grant->gid = gid;
	return grant->group ? 0 : error_memory(error);
}

/* "eth0", or "NETNS/eth0" with a name in /run/netns or a path. */
static int add_device(const struct key *key, const char *text, struct grant *grant,
		      struct error *error)
{
	const char *slash = strrchr(text, '/');
	const char *ifname = slash ? slash + 1 : text;
	cleanup(freep) char *name = slash ? strndup(text, slash - text) : NULL;
	cleanup(freep) char *path = NULL;
	int result;

	if (slash && !name)
		return error_memory(error);
	if (!*ifname || strlen(ifname) >= IF_NAMESIZE || slash == text)
		return invalid(key, text, "names of devices, such as eth0,eth1 or NETNS/eth0",
			       error);
	result = netns_path(name, &path, error);
	return result < 0 ? result : grant_add_device(grant, path, ifname, error);
}

static int set_devices(const struct key *key, char *value, struct grant *grant, struct error *error)
{
	char *rest = value, *name;
	int result = 0;

	grant_clear_devices(grant);
	while (result == 0 && (name = strsep(&rest, ",")))
		result = add_device(key, name, grant, error);
	return result;
}

static int set_verdicts(const struct key *key, char *value, struct grant *grant,
			struct error *error)
{
	const char *bad;
	size_t length;

	if (verdict_set_parse(value, &grant->verdicts, &bad, &length) == 0)
		return 0;
	return invalid(key, value, "verdicts, such as pass,drop", error);
}

static int set_number(const struct key *key, char *value, struct grant *grant, struct error *error)
{
	uint64_t *number = (uint64_t *)((char *)grant + key->offset);

	if (amount_parse(value, key->is_in_bytes, number))
		return 0;
	return invalid(key, value, key->is_in_bytes ? "a number, such as 64M" : "a number", error);
}

static const struct key keys[] = {
	{ "group", set_group, 0, false },
	{ "devices", set_devices, 0, false },
	{ "verdicts", set_verdicts, 0, false },
	{ "components", set_number, offsetof(struct grant, components), false },
	{ "map-bytes", set_number, offsetof(struct grant, map_bytes), true },
	{ "instructions", set_number, offsetof(struct grant, instructions), false },
};

static int set(char *word, struct grant *grant, struct error *error)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	for (size_t i = 0; value && i < array_size(keys); i++)
		if (!strcmp(keys[i].name, word))
			return keys[i].set(&keys[i], value, grant, error);
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "unknown key '%.80s'; use group=, devices=, verdicts=, components=, "
			 "map-bytes= or instructions=",
			 word);
}

static int find_or_add(struct grants *grants, const char *owner, struct grant **ret,
		       struct error *error)
{
	int result = owner_check(owner, error);

	*ret = grants_find(grants, owner);
	if (result < 0 || *ret)
		return result;
	if (grants->n_items == GRANTS_MAX)
		return error_set(error, ERROR_INVALID_ARGUMENT, -ERANGE,
				 "there are settings for more than %d owners", GRANTS_MAX);
	return grants_add(grants, owner, ret, error);
}

int owner_setting_read(const char *text, struct grants *grants, struct error *error)
{
	cleanup(freep) char *copy = strdup(text);
	char *state = NULL, *word = copy ? strtok_r(copy, BLANKS, &state) : NULL;
	struct grant *grant = NULL;
	int result = copy ? find_or_add(grants, word ?: "", &grant, error) : error_memory(error);

	if (result == 0)
		while (result == 0 && (word = strtok_r(NULL, BLANKS, &state)))
			result = set(word, grant, error);
	if (result < 0)
		error_prefix(error, "owner: ");
	return result;
}

int owner_settings_check(const struct grants *grants, struct error *error)
{
	for (size_t i = 0; i < grants->n_items; i++) {
		const struct grant *grant = &grants->items[i];

		if (!grant->group || !grant->n_devices)
			return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
					 "owner: '%s' has no %s=", grant->owner,
					 grant->group ? "devices" : "group");
	}
	return 0;
}
