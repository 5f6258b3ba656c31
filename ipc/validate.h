#pragma once

#include "base/error.h"
#include "ipc/interface.h"

#include <jansson.h>

/*
 * Does `value` conform to the fields, as the parameters of a request or as a reply? `what` begins
 * the error's sentence, which names the path to the value. Pure.
 */
int fields_validate(const struct field *fields, const json_t *value, const char *what,
		    struct error *error);

/* The same for what is in a file: null is no value, and not as good as nothing. */
int document_validate(const struct field *fields, const json_t *value, const char *what,
		      struct error *error);
