#pragma once

#include "daemon/control/control.h"
#include "daemon/service/credentials.h"
#include "daemon/state/registry.h"
#include "daemon/state/signed-objects.h"

/*
 * Events for what clients changed and what was refused, each with the client. Nothing here can fail.
 */

/* What a client asked for, in words, for as long as the change is under way. NULL: no memory. */
struct audit_request {
	char *devices; /* "eth0, eth1" */
	char *options; /* ", priority 7, rolled back unless confirmed within 30 s", or "" */
};
void audit_request_init(struct audit_request *request, const struct change *change);
void audit_request_done(struct audit_request *request);

/*
 * Something was changed. `registry` is what is committed: it knows the object, and `signing` who
 * signed it.
 */
void audit_changed(struct events *events, const struct credentials *client,
		   const struct method *method, const struct audit_request *request,
		   const struct change_result *result, const struct registry *registry,
		   const struct signing *signing);

/* A change that the client has the right to was refused, or failed. `request` may be NULL. */
void audit_failed(struct events *events, const struct credentials *client,
		  const struct method *method, const struct audit_request *request,
		  const struct error *error);

/* The client has no right to call the method. */
void audit_refused(struct events *events, const struct credentials *client,
		   const struct method *method);

/* The client met a limit, which the sentence names. */
void audit_limited(struct events *events, const struct credentials *client, const char *sentence);
