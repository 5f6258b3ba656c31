#pragma once

#include "cli/verbs.h"

/*
 * Calls the method with the request and waits for the answer. EXIT_DONE: `*ret` is the reply's
 * parameters, a new reference. EXIT_REFUSED: `*ret` is the whole reply, with "error". Else NULL,
 * and it was said on stderr why.
 */
enum exit_status client_call(const char *socket_path, const struct method *method,
			     const void *request, json_t **ret);

/* What the daemon would have answered on that error; a new reference. NULL: no memory. */
json_t *refusal_new(const struct error *error);
