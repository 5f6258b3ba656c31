#pragma once

#include "daemon/linkers/linker.h"

/* Functions of the kernel that no component may call when it is fused. */
#define FUSED_UNFIT 5

/* The fused linker. */
struct fused {
	struct linker linker;
	bool knows_ids;
	int ids[FUSED_UNFIT]; /* in the kernel's types; negative: it has none */
};

/* Is there nothing in the component that one program cannot contain? Else Unsupported says what. */
int fused_check(struct linker *linker, const struct component *component, struct error *error);
