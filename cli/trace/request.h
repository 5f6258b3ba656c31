// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/command.h"

/* The request Trace, from the options and the expression that 'trace' and 'record start' have in common. */

#define SNAPLEN_DEFAULT 128 /* bytes of each packet */

/* Checks the options, and prints what is wrong. */
enum exit_status trace_request_check(const struct invocation *invocation,
				     const struct trace_request *request);

/* Adds what --drops and the expression, the first operand, mean. Prints what is wrong, in the words of libpcap. */
enum exit_status trace_request_complete(const struct invocation *invocation,
					struct trace_request *request);
