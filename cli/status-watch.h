// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/* The converse() of status, for --watch and --rate, which ask repeatedly. */
bool status_watch(const struct invocation *invocation, const void *request,
		  enum exit_status *ret_status, json_t **ret);
