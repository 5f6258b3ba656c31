// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/varlink-service.h"

#include "base/cleanup.h"

#include <string.h>

static const char varlink_text[] =
	"# What every Varlink service answers.\n"
	"interface " VARLINK_SERVICE "\n\n"
	"method GetInfo() -> (\n"
	"  vendor: string,\n  product: string,\n  version: string,\n  url: string,\n"
	"  interfaces: []string\n)\n\n"
	"method GetInterfaceDescription(interface: string) -> (description: string)\n\n"
	"error InterfaceNotFound (interface: string)\n"
	"error MethodNotFound (method: string)\n"
	"error MethodNotImplemented (method: string)\n"
	"error InvalidParameter (parameter: string)\n"
	"error PermissionDenied ()\n"
	"error ExpectedMore ()\n";

static void get_info(struct peer *peer)
{
	peer_reply(peer, json_pack("{s:s, s:s, s:s, s:s, s:[s, s]}", "vendor", "xdpd", "product",
				   "xdpd", "version", XDPD_VERSION, "url", "", "interfaces",
				   VARLINK_SERVICE, INTERFACE_NAME));
}

static void get_description(struct peer *peer, const json_t *parameters)
{
	const char *name = json_string_value(json_object_get(parameters, "interface"));
	cleanup(freep) char *text = NULL;

	if (!name) {
		peer_fail_named(peer, VARLINK_SERVICE ".InvalidParameter",
				json_pack("{s:s}", "parameter", "interface"));
		return;
	}
	if (!strcmp(name, INTERFACE_NAME))
		text = interface_text();
	else if (!strcmp(name, VARLINK_SERVICE))
		text = strdup(varlink_text);
	else {
		peer_fail_named(peer, VARLINK_SERVICE ".InterfaceNotFound",
				json_pack("{s:s}", "interface", name));
		return;
	}
	peer_reply(peer, text ? json_pack("{s:s}", "description", text) : NULL);
}

bool varlink_service_call(struct peer *peer, const char *name, const json_t *parameters)
{
	if (!strcmp(name, VARLINK_SERVICE ".GetInfo"))
		get_info(peer);
	else if (!strcmp(name, VARLINK_SERVICE ".GetInterfaceDescription"))
		get_description(peer, parameters);
	else
		return false;
	return true;
}
