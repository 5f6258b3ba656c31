// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/edit/interop.h"
#include "daemon/control/transaction/change.h"
#include "daemon/state/device-config.h"

/* Everything that should run on the devices. */
struct apply_options {
	/*
	 * NULL: what is given is all that the devices should run. Else it is all that this owner has on any device, and the
	 * rest stays.
	 */
	char *owner;
	size_t n_devices; /* one for each of the change's devices */
	struct apply_device {
		struct device_config config; /* MODE_UNSET: the mode that it has */
		enum interop interop;	     /* INTEROP_UNSET: not given */
		/* Only its program is used; NULL: there is no policy. */
		struct apply_component *policy;
		size_t n_components;
		struct apply_component {
			char sha256[SHA256_TEXT_SIZE]; /* "": it was adopted without an object */
			size_t n_libraries;
			char (*libraries)[SHA256_TEXT_SIZE]; /* to be linked to the object */
			char *program;			     /* NULL: the object has only one */
			char *slot;			     /* of the policy; NULL: none */
			struct strings values;		     /* of global variables, NAME=VALUE */
			struct strings shares;		     /* of maps, NAME=FROM */
			size_t n_pins;
			const int *pins; /* of shares from pins, among the descriptors below */
			bool devbound;	 /* bound to its device */
			bool may_park;	 /* if the rootlet has no place for it */
			struct component_options options;
		} * components;
	} * devices;
	/*
	 * The objects that were sent with the change, each once, without their digests; other objects must
	 * be in the store.
	 */
	size_t n_objects;
	struct object *objects;
	size_t n_pins;
	int *pins;	       /* descriptors, ours */
	bool allow_map_change; /* as in struct map_reuse_options */
};

/* Frees the contents; see struct change_kind. */
void apply_options_done(void *options);
