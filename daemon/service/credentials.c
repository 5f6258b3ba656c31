// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/service/credentials.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void read_command(struct credentials *client)
{
	char path[64];
	cleanup(closep) int fd = -1;
	ssize_t length = -1;

	snprintf(path, sizeof(path), "/proc/%d/comm", client->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		length = read(fd, client->command, sizeof(client->command) - 1);
	client->command[length > 0 ? length : 0] = '\0';
	client->command[strcspn(client->command, "\n")] = '\0';
}

static int read_groups(int socket, gid_t **ret, size_t *ret_count)
{
	cleanup(freep) gid_t *groups = NULL;
	socklen_t size = 0;

	if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) < 0 && errno != ERANGE)
		return -errno;
	groups = malloc(size + 1);
	if (!groups)
		return -ENOMEM;
	if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return -errno;
	*ret_count = size / sizeof(*groups);
	*ret = steal(groups);
	return 0;
}

static bool is_in(const struct credentials *client, const gid_t *groups, size_t n_groups, gid_t gid)
{
	if (gid == GROUP_NOBODY)
		return false;
	for (size_t i = 0; i < n_groups; i++)
		if (groups[i] == gid)
			return true;
	return client->gid == gid;
}

int credentials_update_rights(struct credentials *client, int socket,
			      const struct settings *settings, struct error *error)
{
	cleanup(freep) gid_t *groups = NULL;
	size_t n_groups = 0;
	/* A process that may trace the daemon could do everything that the daemon may do. */
	bool all = client->uid == 0 || client->uid == geteuid();
	int result;

	memset(client->may, 0, sizeof(client->may));
	client->grants = 0;
	result = read_groups(socket, &groups, &n_groups);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result,
				 "cannot determine the groups of a client: %s", errno_name(result));
	client->may[RIGHT_CHANGE] = all ||
				    is_in(client, groups, n_groups, settings->change_group.gid);
	client->may[RIGHT_READ] = client->may[RIGHT_CHANGE] ||
				  is_in(client, groups, n_groups, settings->read_group.gid);
	for (size_t i = 0; !client->may[RIGHT_CHANGE] && i < settings->grants.n_items; i++)
		if (is_in(client, groups, n_groups, settings->grants.items[i].gid))
			client->grants |= 1ull << i;
	return 0;
}

bool credentials_allow(const struct credentials *client, const struct method *method)
{
	return client->may[method->right] || (method->for_owners && client->grants);
}

int credentials_read(int socket, const struct settings *settings, struct credentials *ret,
		     struct error *error)
{
	struct credentials client = {};
	struct ucred credentials;
	socklen_t size = sizeof(credentials);
	int result;

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return error_set(error, ERROR_INTERNAL, -errno,
				 "cannot determine who a client is: %s", errno_name(errno));
	client.uid = credentials.uid;
	client.gid = credentials.gid;
	client.pid = credentials.pid;
	read_command(&client);
	result = credentials_update_rights(&client, socket, settings, error);
	if (result == 0)
		*ret = client;
	return result;
}

static int refuse(const struct method *method, enum right right, const struct settings *settings,
		  struct error *error)
{
	const char *change = settings->change_group.name;
	const char *read = right == RIGHT_READ ? settings->read_group.name : "";

	if (*change && *read)
		return error_set(
			error, ERROR_NO_PERMISSION, -EPERM,
			"%s is allowed only for root and members of the groups '%s' and '%s'",
			method->name, change, read);
	if (*change || *read)
		return error_set(error, ERROR_NO_PERMISSION, -EPERM,
				 "%s is allowed only for root and members of the group '%s'",
				 method->name, *change ? change : read);
	return error_set(error, ERROR_NO_PERMISSION, -EPERM, "%s is allowed only for root",
			 method->name);
}

int credentials_refuse(const struct credentials *client, const struct method *method,
		       enum right right, const struct settings *settings, struct error *error)
{
	int result = refuse(method, right, settings, error);

	/* The client learns why some of its requests are accepted all the same. */
	grants_explain(&settings->grants, client->grants, error);
	return result;
}
