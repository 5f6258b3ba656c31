// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pipeline/change-kinds.h"
#include "daemon/service/dispatch.h"

/*
 * A change of the devices that a request names, in that namespace. If `confirm` is given, the change must be
 * confirmed within that many seconds.
 */
int change_request_new(enum change_number kind, const struct strings *devices, const char *netns,
		       const struct number *expect_generation, const struct number *confirm,
		       struct change **ret, struct error *error);

/*
 * Reads the object, the libraries and their signatures from their descriptors into a source of the change,
 * and takes the name of the program. Errors as with received_read() and request_signatures_take().
 */
int source_read(struct change *change, struct program_source *source, int object,
		const struct descriptors *libraries, int signatures, char **program,
		struct error *error);

/* Moves the request's other options of the source into it. */
void source_take_options(struct program_source *source, struct strings *values,
			 struct strings *shares, struct descriptors *pins);

/*
 * The settings of a component in a request. Aborted is always allowed, because it lets no packet pass.
 */
void settings_take(const struct number *priority, const struct number *proceed,
		   const struct number *allowed, struct component_options *ret);

/*
 * Moves the request's options of a component, except its program, into the change. Errors: InvalidArgument
 * for its maps.
 */
int options_take(struct component_request *request, struct component_options *ret,
		 struct error *error);

/*
 * Submits the change; takes it, also on failure. The peer gets the answer when the change is decided.
 * Errors: InvalidArgument for a change that names no device.
 */
int change_submit(struct peer *peer, struct change *change, struct error *error);

/* The same for a change that may find its devices itself. */
int change_submit_any(struct peer *peer, struct change *change, struct error *error);
