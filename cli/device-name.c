// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/device-name.h"

#include "base/cleanup.h"
#include "cli/client.h"
#include "cli/show.h"

#include <string.h>

static enum exit_status ask(const struct invocation *invocation, const char *name, json_t **ret)
{
	const struct status_request request = { .devices = { 1, (char *[]){ (char *)name } } };

	return client_call(invocation->socket, &methods[METHOD_STATUS], &request, ret, NULL);
}

static char *read_name(const json_t *reply)
{
	return strdup(reply_text(json_array_get(json_object_get(reply, "devices"), 0), "ifname"));
}

enum exit_status device_name_find(const struct invocation *invocation, const char *name, char **ret)
{
	cleanup(json_decrefp) json_t *reply = NULL;
	enum exit_status status = ask(invocation, name, &reply);

	if (status == EXIT_REFUSED)
		client_show_refusal(reply);
	if (status == EXIT_DONE)
		*ret = read_name(reply);
	return status;
}

char *device_name_if_any(const struct invocation *invocation, const char *name)
{
	cleanup(json_decrefp) json_t *reply = NULL;

	return ask(invocation, name, &reply) == EXIT_DONE ? read_name(reply) : NULL;
}
