// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

#include <jansson.h>

/* The functions of the verb 'record start', as struct verb describes them. */
enum exit_status start_prepare(const struct invocation *invocation, void *request);
bool start_converse(const struct invocation *invocation, const void *request,
		    enum exit_status *ret_status, json_t **ret);
