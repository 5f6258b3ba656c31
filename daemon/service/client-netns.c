// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/service/client-netns.h"

#include "base/cleanup.h"
#include "daemon/kernel/netns.h"
#include "daemon/state/device.h"

#include <stdio.h>
#include <string.h>

int netns_path(const char *name, char **ret, struct error *error)
{
	*ret = NULL;
	if (!name || !strcmp(name, NETNS_DEFAULT))
		return 0;
	if (strchr(name, '/') && name[0] != '/')
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "netns: '%s' is neither a name nor an absolute path", name);
	if (asprintf(ret, "%s%s", name[0] == '/' ? "" : NETNS_DIRECTORY, name) >= 0)
		return 0;
	*ret = NULL;
	return error_memory(error);
}

/* Does this part of the request name a device? In a chain file each chain does. */
static bool names_device(const struct field *fields, const char *members)
{
	const struct field *devices = field_find(fields, "devices");

	if (!devices)
		return field_find(fields, "name") || field_find(fields, "device");
	return devices->kind == FIELD_NAMES &&
	       ((const struct strings *)(members + devices->offset))->n_items > 0;
}

/*
 * Sets `path` wherever the request, or a chain in it, names a device without a namespace; with a NULL `path`
 * only searches. `*ret_found` becomes true if there is such a device.
 */
static int set(const struct field *fields, char *members, const char *path, bool *ret_found,
	       struct error *error)
{
	const struct field *netns = field_find(fields, "netns");
	char **value = netns ? (char **)(members + netns->offset) : NULL;
	int result = 0;

	if (value && !*value && names_device(fields, members)) {
		*ret_found = true;
		if (path && !(*value = strdup(path)))
			return error_memory(error);
	}
	for (const struct field *field = fields; result == 0 && field->name; field++) {
		const struct list *list = (const struct list *)(members + field->offset);

		if (field->kind != FIELD_OBJECTS || !field_find(field->type->fields, "netns"))
			continue;
		for (size_t i = 0; result == 0 && i < list->n_items; i++)
			result = set(field->type->fields,
				     (char *)list->items + i * field->type->size, path, ret_found,
				     error);
	}
	return result;
}

/*
 * The path under which xdpd manages devices in that namespace, or one of ip-netns(8). To be freed; NULL: the
 * namespace has no name.
 */
static char *find_path(const struct registry *registry, uint64_t id)
{
	for (size_t i = 0; i < registry->n_devices; i++) {
		const struct device *device = registry->devices[i];

		if (device->netns && device->netns->id == id && device->netns_path)
			return strdup(device->netns_path);
	}
	return netns_find_name(id);
}

bool client_is_elsewhere(int socket)
{
	uint64_t id;

	return netns_of_socket(socket, &id) == 0 && id != netns_own_id();
}

int client_netns_set(int socket, const struct registry *registry, const struct method *method,
		     void *request, char **ret, struct error *error)
{
	cleanup(freep) char *path = NULL;
	bool found = false;
	uint64_t id;
	int result = set(method->in, request, NULL, &found, error);

	*ret = NULL;
	if (result < 0 || !found)
		return result;
	result = netns_of_socket(socket, &id);
	if (result < 0)
		return error_set(
			error, ERROR_NO_SUCH_NAMESPACE, result,
			"cannot determine the network namespace of the client: %s; name it "
			"with --netns ('--netns " NETNS_DEFAULT "' is that of xdpd)",
			errno_name(result));
	if (id == netns_own_id())
		return 0;
	path = find_path(registry, id);
	if (!path)
		return error_set(
			error, ERROR_NO_SUCH_NAMESPACE, -ENOENT,
			"the client runs in another network namespace than xdpd, which has "
			"no name in /run/netns; name one with --netns ('--netns " NETNS_DEFAULT
			"' is that of xdpd)");
	result = set(method->in, request, path, &found, error);
	if (result == 0)
		*ret = steal(path);
	return result;
}
