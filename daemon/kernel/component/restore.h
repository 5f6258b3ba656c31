// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/component/component.h"

/* What a record has about a component, besides its pins. */
struct component_record {
	uint32_t id;
	bool frags, has_frags;
	char no_extension[256]; /* as in struct component; "" for NULL; truncated if it is longer */
	struct verifier_work work;
};

/*
 * Restores a component that an earlier process loaded and left pinned; nothing is loaded. If the object is
 * NULL, or no longer gives the same instructions, the component has no instructions. Errors: KernelRefused
 * if part of the component is no longer pinned.
 */
int component_restore(const struct component_spec *spec, const struct object *object,
		      const struct component_record *record,
		      const struct pin_directories *directories, struct component **ret,
		      struct error *error);
