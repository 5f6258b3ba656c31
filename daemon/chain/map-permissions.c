#define _GNU_SOURCE
#include "daemon/chain/map-permissions.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

void map_rights_done(struct map_rights *rights)
{
	free(rights->user);
	free(rights->group);
	*rights = (struct map_rights){};
}

static int read_mode(const char *text, struct map_rights *ret, struct error *error)
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

static int read_owner(const char *text, struct map_rights *ret, struct error *error)
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

int map_rights_read(const char *owner, const char *mode, struct map_rights *ret,
		    struct error *error)
{
	cleanup(map_rights_done) struct map_rights rights = {};
	int result = 0;

	if (owner)
		result = read_owner(owner, &rights, error);
	if (result == 0 && mode)
		result = read_mode(mode, &rights, error);
	if (result < 0)
		return result;
	*ret = rights;
	rights = (struct map_rights){};
	return 0;
}

/* A number stands for itself, whoever has it. */
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

int map_rights_look_up(struct map_rights *rights, struct error *error)
{
	int result = 0;

	if (rights->user)
		result = look_up("user", rights->user, user_find, &rights->uid, error);
	if (result == 0 && rights->group)
		result = look_up("group", rights->group, group_find, &rights->gid, error);
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

static void set_mode(struct map_rights *rights, mode_t mode)
{
	rights->has_mode = true;
	rights->mode = mode;
}

int map_rights_merge(struct map_rights *rights, const struct map_rights *more)
{
	int result = set_part(&rights->user, &rights->uid, more->user, more->uid);

	if (result == 0)
		result = set_part(&rights->group, &rights->gid, more->group, more->gid);
	if (result == 0 && more->has_mode)
		set_mode(rights, more->mode);
	return result;
}

int map_rights_copy(const struct map_rights *rights, struct map_rights *ret)
{
	*ret = (struct map_rights){};
	if (map_rights_merge(ret, rights) == 0)
		return 0;
	map_rights_done(ret);
	return -ENOMEM;
}

int map_rights_withdraw(struct map_rights *rights, const struct map_rights *before)
{
	int result = 0;

	if (before->user && !rights->user)
		result = set_part(&rights->user, &rights->uid, "root", 0);
	if (result == 0 && before->group && !rights->group)
		result = set_part(&rights->group, &rights->gid, "root", 0);
	if (result == 0 && before->has_mode && !rights->has_mode)
		set_mode(rights, MAP_MODE_DEFAULT);
	return result;
}

static id_t uid_of(const struct map_rights *rights)
{
	return rights->user ? rights->uid : 0;
}

static id_t gid_of(const struct map_rights *rights)
{
	return rights->group ? rights->gid : 0;
}

static mode_t mode_of(const struct map_rights *rights)
{
	return rights->has_mode ? rights->mode : MAP_MODE_DEFAULT;
}

bool map_rights_are_said(const struct map_rights *rights)
{
	return rights->user || rights->group || rights->has_mode;
}

bool map_rights_let_others(const struct map_rights *rights)
{
	return uid_of(rights) || mode_of(rights) & 0066;
}

char *map_rights_format_owner(const struct map_rights *rights)
{
	const char *user = uid_of(rights) ? rights->user : "";
	const char *group = gid_of(rights) ? rights->group : "";
	char *text;

	if (!*user && !*group)
		return NULL;
	return asprintf(&text, "%s%s%s", user, *group ? ":" : "", group) < 0 ? NULL : text;
}

char *map_rights_describe_owner(const struct map_rights *rights)
{
	cleanup(freep) char *owner = map_rights_format_owner(rights);
	char *text;

	if (!owner)
		return NULL;
	return asprintf(&text, "%s (%u:%u)", owner, uid_of(rights), gid_of(rights)) < 0 ? NULL
											: text;
}

char *map_rights_format_mode(const struct map_rights *rights)
{
	char *text;

	if (mode_of(rights) == MAP_MODE_DEFAULT)
		return NULL;
	return asprintf(&text, "%03o", mode_of(rights)) < 0 ? NULL : text;
}
