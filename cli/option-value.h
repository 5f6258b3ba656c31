// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/* Reads the value of an option, `text`, into its field of the verb's request. */
enum exit_status option_value_parse(const struct verb *verb, const struct option_row *row,
				    const char *text, void *request);
