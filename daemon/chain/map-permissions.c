// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/chain/map-permissions.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

void map_permissions_done(struct map_permissions *permissions)
{
	free(permissions->user);
	free(permissions->group);
	*permissions = (struct map_permissions){};
}

static int read_mode(const char *text, struct map_permissions *ret, struct error *error)
{
	unsigned long mode = strtoul(text, NULL, 8);
	size_t digits = strspn(text, "01234567");

	if (!digits || text[digits] || digits > 4 || mode & ~0666ul)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "invalid map mode '%.80s'; use octal digits of 4 (read) and "
				 "2 (write) for user, group and others, such as 640",
				 text);
	ret->has_mode = true;
	ret->mode = mode;
	return 0;
}

static int read_owner(const char *text, struct map_permissions *ret, struct error *error)
{
	const char *colon = strchrnul(text, ':');

	if (colon[0] ? !colon[1] || strchr(colon + 1, ':') : !*text)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "invalid map owner '%.80s'; use USER, USER:GROUP or :GROUP", text);
	ret->uid = ret->gid = USER_GROUP_NONE;
	if (colon > text && !(ret->user = strndup(text, colon - text)))
		return error_memory(error);
	if (*colon && !(ret->group = strdup(colon + 1)))
		return error_memory(error);
	return 0;
}

int map_permissions_read(const char *owner, const char *mode, struct map_permissions *ret,
			 struct error *error)
{
	cleanup(map_permissions_done) struct map_permissions permissions = {};
	int result = 0;

	if (owner)
		result = read_owner(owner, &permissions, error);
	if (result == 0 && mode)
		result = read_mode(mode, &permissions, error);
	if (result < 0)
		return result;
	*ret = permissions;
	permissions = (struct map_permissions){};
	return 0;
}

/* A number is used whether or not a user has it. */
static int look_up(const char *kind, const char *name,
		   int (*find)(const char *name, id_t *ret, struct error *error), id_t *ret,
		   struct error *error)
{
	size_t length = strlen(name);
	int result = 0;

	*ret = USER_GROUP_NONE;
	if (strspn(name, "0123456789") < length)
		result = find(name, ret, error);
	else if (length <= 10 && strtoull(name, NULL, 10) < USER_GROUP_NONE)
		*ret = strtoull(name, NULL, 10);
	if (result < 0 || *ret != USER_GROUP_NONE)
		return result;
	return error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT,
			 "map owner: no %s '%.80s' on this machine", kind, name);
}

int map_permissions_look_up(struct map_permissions *permissions, struct error *error)
{
	int result = 0;

	if (permissions->user)
		result = look_up("user", permissions->user, user_find, &permissions->uid, error);
	if (result == 0 && permissions->group)
		result = look_up("group", permissions->group, group_find, &permissions->gid, error);
	return result;
}

static int set_part(char **name, id_t *number, const char *new_name, id_t new_number)
{
	char *copy;

	if (!new_name)
		return 0;
	copy = strdup(new_name);
	if (!copy)
		return -ENOMEM;
	free(*name);
	*name = copy;
	*number = new_number;
	return 0;
}

static void set_mode(struct map_permissions *permissions, mode_t mode)
{
	permissions->has_mode = true;
	permissions->mode = mode;
}

int map_permissions_merge(struct map_permissions *permissions, const struct map_permissions *more)
{
	int result = set_part(&permissions->user, &permissions->uid, more->user, more->uid);

	if (result == 0)
		result = set_part(&permissions->group, &permissions->gid, more->group, more->gid);
	if (result == 0 && more->has_mode)
		set_mode(permissions, more->mode);
	return result;
}

int map_permissions_copy(const struct map_permissions *permissions, struct map_permissions *ret)
{
	*ret = (struct map_permissions){};
	if (map_permissions_merge(ret, permissions) == 0)
		return 0;
	map_permissions_done(ret);
	return -ENOMEM;
}

int map_permissions_withdraw(struct map_permissions *permissions,
			     const struct map_permissions *before)
{
	int result = 0;

	if (before->user && !permissions->user)
		result = set_part(&permissions->user, &permissions->uid, "root", 0);
	if (result == 0 && before->group && !permissions->group)
		result = set_part(&permissions->group, &permissions->gid, "root", 0);
	if (result == 0 && before->has_mode && !permissions->has_mode)
		set_mode(permissions, MAP_MODE_DEFAULT);
	return result;
}

static id_t uid_of(const struct map_permissions *permissions)
{
	return permissions->user ? permissions->uid : 0;
}

static id_t gid_of(const struct map_permissions *permissions)
{
	return permissions->group ? permissions->gid : 0;
}

static mode_t mode_of(const struct map_permissions *permissions)
{
	return permissions->has_mode ? permissions->mode : MAP_MODE_DEFAULT;
}

bool map_permissions_are_said(const struct map_permissions *permissions)
{
	return permissions->user || permissions->group || permissions->has_mode;
}

bool map_permissions_let_others(const struct map_permissions *permissions)
{
	return uid_of(permissions) || mode_of(permissions) & 0066;
}

char *map_permissions_format_owner(const struct map_permissions *permissions)
{
	const char *user = uid_of(permissions) ? permissions->user : "";
	const char *group = gid_of(permissions) ? permissions->group : "";
	char *text;

	if (!*user && !*group)
		return NULL;
	return asprintf(&text, "%s%s%s", user, *group ? ":" : "", group) < 0 ? NULL : text;
}

char *map_permissions_describe_owner(const struct map_permissions *permissions)
{
	cleanup(freep) char *owner = map_permissions_format_owner(permissions);
	char *text;

	if (!owner)
		return NULL;
	return asprintf(&text, "%s (%u:%u)", owner, uid_of(permissions), gid_of(permissions)) < 0
		       ? NULL
		       : text;
}

char *map_permissions_format_mode(const struct map_permissions *permissions)
{
	char *text;

	if (mode_of(permissions) == MAP_MODE_DEFAULT)
		return NULL;
	return asprintf(&text, "%03o", mode_of(permissions)) < 0 ? NULL : text;
}
