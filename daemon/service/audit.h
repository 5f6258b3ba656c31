// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/string-list.h"
#include "daemon/control/control.h"
#include "daemon/service/credentials.h"
#include "daemon/state/registry.h"
#include "daemon/state/signed-objects.h"

/*
 * Events about what clients changed, and about what was refused, each with the client. These functions
 * cannot fail.
 */

/* A description of the client's request, valid until the change is decided. NULL: no memory. */
struct audit_request {
	char *devices; /* for example "eth0, eth1 in /run/netns/blue" */
	struct strings ifnames;
	char *netns; /* path of the namespace of the only device; NULL: the daemon's, or there are several devices */
	/* For example ", priority 7, rolled back unless confirmed within 30 s"; may be "". */
	char *options;
};
void audit_request_init(struct audit_request *request, const struct change *change);
void audit_request_done(struct audit_request *request);

/*
 * Reports a change that was made. `registry` is the committed state, which knows the object; `signing` knows
 * who signed it.
 */
void audit_changed(struct events *events, const struct credentials *client,
		   const struct method *method, const struct audit_request *request,
		   const struct change_result *result, const struct registry *registry,
		   const struct signing *signing);

/*
 * Reports a change that the client was allowed to make, but that was refused or failed. `request` may be
 * NULL.
 */
void audit_failed(struct events *events, const struct credentials *client,
		  const struct method *method, const struct audit_request *request,
		  const struct error *error);

/* Reports that the client was not allowed to call the method. */
void audit_refused(struct events *events, const struct credentials *client,
		   const struct method *method);

/* Reports that the client reached a limit, which the sentence names. */
void audit_limited(struct events *events, const struct credentials *client, const char *sentence);

/*
 * Reports that the client sees packets of a device, and that it no longer does. `netns`: path of the namespace
 * of the device, or NULL for the daemon's; `packets` says which ones, for example ", 1 in 100".
 */
void audit_traced(struct events *events, const struct credentials *client, const char *ifname,
		  const char *netns, const char *packets);
void audit_trace_ended(struct events *events, const struct credentials *client, const char *ifname,
		       const char *netns);
