// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/linkers/linker.h"

/* The number of kernel functions that a component must not call when it is fused. */
#define FUSED_UNFIT 5

/* The fused linker. */
struct fused {
	struct linker linker;
	bool knows_ids;
	/* BTF ids in the kernel; negative: the kernel does not have the function */
	int ids[FUSED_UNFIT];
};

/*
 * Can the component become part of a fused program? Errors: Unsupported, with the construct that prevents
 * it.
 */
int fused_check(struct linker *linker, const struct component *component, struct error *error);
