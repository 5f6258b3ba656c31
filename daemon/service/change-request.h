#pragma once

#include "daemon/control/pipeline/change-kinds.h"
#include "daemon/service/dispatch.h"

/*
 * The path of a network namespace that a request names: NAME is one of /run/netns, as ip-netns(8) has
 * them. NULL stays NULL. To be freed. InvalidArgument for a relative path.
 */
int netns_path(const char *name, char **ret, struct error *error);

/*
 * A change of the devices that a request names, in that namespace, which is to be confirmed within
 * `confirm` seconds, if that is given.
 */
int change_request_new(enum change_number kind, const struct strings *devices, const char *netns,
		       const struct number *expect_generation, const struct number *confirm,
		       struct change **ret, struct error *error);

/*
 * Reads the object, the libraries and their signatures of a source of the change from their descriptors, and takes the
 * name of the program over. Errors as with received_read() and request_signatures_take().
 */
int source_read(struct change *change, struct program_source *source, int object,
		const struct descriptors *libraries, int signatures, char **program,
		struct error *error);

/* Takes over what a request says about the source beside the program. */
void source_take_options(struct program_source *source, struct strings *values,
			 struct strings *shares, struct descriptors *pins);

/* The settings of a component that requests have. Aborted is always allowed: no packet gets past it. */
void settings_take(const struct number *priority, const struct number *proceed,
		   const struct number *allowed, struct component_options *ret);

/*
 * What a request says about a component, except its program. Errors: InvalidArgument for its maps.
 */
int options_take(struct component_request *request, struct component_options *ret,
		 struct error *error);

/*
 * Submits the change, which is taken over also on failure. The peer is answered when it is decided. InvalidArgument for
 * a change that names no device.
 */
int change_submit(struct peer *peer, struct change *change, struct error *error);

/* The same for a change that may find its devices itself. */
int change_submit_any(struct peer *peer, struct change *change, struct error *error);
