#pragma once

#include "daemon/kernel/component/component.h"
#include "daemon/kernel/component/map-copy.h"

/*
 * What is made of a component to try it: the same instructions, and copies in the place of all maps
 * that it could write. It is not loaded, and not pinned; a linker can join it to others. `*ret` is
 * held. Errors: Unsupported for what has no instructions, since somebody else loaded it; those of
 * map_copies_get().
 */
int component_copy(const struct component *component, struct map_copies *copies,
		   struct component **ret, struct error *error);
