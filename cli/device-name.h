// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/*
 * Finds the name that xdpd has for the device `name`, which may be an alternative name (ip-link(8)), in the
 * daemon's network namespace. The caller frees `*ret`. A device that xdpd does not manage is refused, in the
 * daemon's words.
 */
enum exit_status device_name_find(const struct invocation *invocation, const char *name,
				  char **ret);

/* The same for a word that may not be the name of a device: NULL then, and nothing is printed. */
char *device_name_if_any(const struct invocation *invocation, const char *name);
