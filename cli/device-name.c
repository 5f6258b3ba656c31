// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/device-name.h"

#include "base/cleanup.h"
#include "cli/client.h"
#include "cli/show.h"

#include <string.h>

enum exit_status device_name_find(const struct invocation *invocation, const char *name, char **ret)
{
	const struct status_request request = { .devices = { 1, (char *[]){ (char *)name } } };
	cleanup(json_decrefp) json_t *reply = NULL;
	enum exit_status status = client_call(invocation->socket, &methods[METHOD_STATUS], &request,
					      &reply, NULL);

	if (status == EXIT_REFUSED)
		client_show_refusal(reply);
	if (status == EXIT_DONE)
		*ret = strdup(
			reply_text(json_array_get(json_object_get(reply, "devices"), 0), "ifname"));
	return status;
}
