// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "ipc/interface.h"

#include <jansson.h>

/*
 * Does `value` conform to the fields, as the parameters of a request or as a reply? The error begins with
 * `what` and names the path to the value. Pure.
 */
int fields_validate(const struct field *fields, const json_t *value, const char *what,
		    struct error *error);

/*
 * The same for a reply of a process that is not trusted. Its names are texts of any length with any characters,
 * and its lists have no maximum: what they describe may have any names.
 */
int reply_validate(const struct field *fields, const json_t *value, const char *what,
		   struct error *error);

/*
 * Do the members of the reply that are declared have the declared types? What is missing, unknown or out of range may
 * come from another version of the daemon.
 */
int reply_types_validate(const struct field *fields, const json_t *value, const char *what,
			 struct error *error);

/* The same for a file: a null is refused, not treated as a missing field. */
int document_validate(const struct field *fields, const json_t *value, const char *what,
		      struct error *error);
