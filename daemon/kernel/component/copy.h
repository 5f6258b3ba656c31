#pragma once

#include "daemon/kernel/component/component.h"
#include "daemon/kernel/component/map-copy.h"

/*
 * A copy of a component for a test: the same instructions, with copies of all maps that it could write. It is
 * not loaded and not pinned; a linker can join it to others. `*ret` is held. Errors: Unsupported for a
 * component without instructions, because another loader loaded it; those of map_copies_get().
 */
int component_copy(const struct component *component, struct map_copies *copies,
		   struct component **ret, struct error *error);
