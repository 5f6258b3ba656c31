#pragma once

#include "daemon/control/control.h"
#include "daemon/service/credentials.h"
#include "daemon/state/registry.h"

/*
 * What clients did and what they were refused: an event of the log each, with who it was. Nothing
 * here can fail.
 */

/* Something was changed. `registry` is what is committed: it knows the object. */
void audit_changed(const struct credentials *client, const struct method *method,
		   const struct change_result *result, const struct registry *registry);

/* The client has no right to call the method. */
void audit_refused(const struct credentials *client, const struct method *method);

/* The client met a limit, which the sentence names. */
void audit_limited(const struct credentials *client, const char *sentence);
