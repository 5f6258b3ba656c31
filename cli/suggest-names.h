// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/*
 * Adds "did you mean 'eth0'?" to the detail of a refusal about a device or a component that does not exist,
 * if there is a similar name. Asks the daemon once more.
 */
void suggest_names(const struct invocation *invocation, const void *request, json_t *refusal);
