// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "lib/xdpd.h"

#include <jansson.h>

/*
 * Replaces the contents of the error, which may be NULL, and returns -`number`; `number` is positive. `name` must
 * be static. Without memory the error becomes XDPD_ERROR_OUT_OF_MEMORY.
 */
int public_error_set(struct xdpd_error *error, const char *name, int number, const char *format,
		     ...) __attribute__((format(printf, 4, 5)));

/* The same for a failed allocation: -ENOMEM. */
int public_error_memory(struct xdpd_error *error);

/* The same from an error of ours; returns its number. */
int public_error_take(struct xdpd_error *error, const struct error *from);

/* The same from a reply of the daemon that is an error, {"error": ..., "parameters": {...}}. */
int public_error_decode(struct xdpd_error *error, const json_t *reply);

/* The same from another error. */
int public_error_copy(struct xdpd_error *error, const struct xdpd_error *from);
