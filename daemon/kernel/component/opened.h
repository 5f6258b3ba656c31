// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/component/opened-description.h"
#include "daemon/kernel/component/spec.h"

/*
 * Opens the object of the spec for its program, and sets the spec's values of variables. With `frags` the
 * program accepts multi-buffer packets. With `needs_kfuncs`, kernel functions that the object calls and the
 * kernel lacks are an error. Close with opened_close(), also on failure. Errors: BadObject; InvalidArgument
 * for a value; Unsupported for missing kernel functions.
 */
int opened_open(const struct object *object, const struct component_spec *spec, bool frags,
		bool needs_kfuncs, struct opened *ret, struct error *error);

/* The map of that name; NULL: the object has none. */
struct opened_map *opened_find_map(const struct opened *opened, const char *name);

/* Makes the object use that map in place of its own; the caller keeps the descriptor. -errno. */
int opened_use_map(struct opened *opened, struct opened_map *map, int fd);

/*
 * Loads the program, as the fields of `broker` say. With `may_fail` a failure is not explained with the
 * verifier's log. Errors: VerifierRejected with the decisive lines in the detail; KernelRefused; BadObject
 * if a program uses a map that the object does not have.
 */
int opened_load(struct opened *opened, const struct component_spec *spec, bool may_fail,
		struct error *error);

/* Closes the connection and the descriptors, and frees the contents. */
void opened_close(struct opened *opened);

/*
 * Makes libbpf probe the kernel in the zygote, if that has just been started, so that every process forked
 * from it to read an object knows the results.
 */
void opened_warm_up(void);
