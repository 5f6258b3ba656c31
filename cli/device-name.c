// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/device-name.h"

#include "base/cleanup.h"
#include "cli/client.h"
#include "cli/or-abort.h"
#include "cli/show.h"

#include <string.h>

void device_name_done(struct device_name *name)
{
	free(name->ifname);
	free(name->netns);
	*name = (struct device_name){};
}

static enum exit_status ask(const struct invocation *invocation, const char *text, json_t **ret)
{
	const struct status_request request = {
		.devices = { 1, (char *[]){ (char *)text } },
		.netns = (char *)option_given(invocation, "netns"),
	};

	return client_call(invocation->socket, &methods[METHOD_STATUS], &request, ret, NULL);
}

static void read_name(const json_t *reply, struct device_name *ret)
{
	const json_t *device = json_array_get(json_object_get(reply, "devices"), 0);

	ret->ifname = or_abort(strdup(reply_text(device, "ifname")));
	ret->netns = or_abort(strdup(reply_text(device, "netns")));
}

enum exit_status device_name_find(const struct invocation *invocation, const char *text,
				  struct device_name *ret)
{
	cleanup(json_decrefp) json_t *reply = NULL;
	enum exit_status status = ask(invocation, text, &reply);

	*ret = (struct device_name){};
	if (status == EXIT_REFUSED)
		client_show_refusal(reply);
	if (status == EXIT_DONE)
		read_name(reply, ret);
	return status;
}

void device_name_find_any(const struct invocation *invocation, const char *text,
			  struct device_name *ret)
{
	cleanup(json_decrefp) json_t *reply = NULL;

	*ret = (struct device_name){};
	if (ask(invocation, text, &reply) == EXIT_DONE)
		read_name(reply, ret);
}
