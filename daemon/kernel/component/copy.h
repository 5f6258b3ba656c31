// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/component/component.h"
#include "daemon/kernel/component/map-copy.h"

/*
 * Copies a component for a test: the same instructions, with copies of all maps that it could write. The
 * copy is neither loaded nor pinned; a linker can join it to others. The caller holds `*ret`. Errors:
 * Unsupported for a component without instructions, because another loader loaded it; those of
 * map_copies_get().
 */
int component_copy(const struct component *component, struct map_copies *copies,
		   struct component **ret, struct error *error);
