#pragma once

#include "daemon/kernel/component/component.h"

/* What is to be known of a component beside its pins. */
struct component_record {
	uint32_t id;
	bool frags, has_frags;
	char no_extension[256]; /* as in struct component; "" for NULL; cut off if it is longer */
	struct verifier_work work;
};

/*
 * Takes over a component that an earlier process loaded and left pinned; nothing is loaded. An
 * object that is NULL, or does not give the instructions any more, makes one without. Errors:
 * KernelRefused, when something of it is not pinned any more.
 */
int component_restore(const struct component_spec *spec, const struct object *object,
		      const struct component_record *record,
		      const struct pin_directories *directories, struct component **ret,
		      struct error *error);
