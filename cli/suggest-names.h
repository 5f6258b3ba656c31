#pragma once

#include "cli/verb.h"

/*
 * Adds "did you mean 'eth0'?" to the detail of a refusal that is about a device or a component that does not
 * exist, if there is one with a name like that. Asks the daemon once more.
 */
void suggest_names(const struct invocation *invocation, const void *request, json_t *refusal);
