// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/node.h"
#include "daemon/kernel/component/component.h"
#include "daemon/kernel/rootlet.h"

/*
 * A link by which a component replaces a placeholder of a rootlet. The link keeps both alive; neither refers
 * to it. The kernel can neither update nor force-detach such a link, only close it.
 */
struct slot_link {
	struct node node;
	int fd;
};

/*
 * Links a component that was loaded as an extension to the function of the rootlet with the BTF id
 * `function_id`. `*ret` has one holder, the caller.
 */
int slot_link_new(struct component *component, struct rootlet *rootlet, uint32_t function_id,
		  struct slot_link **ret, struct error *error);

/* The same with an existing link. Takes `fd`, also on failure. */
int slot_link_restore(int fd, struct component *component, struct rootlet *rootlet,
		      struct slot_link **ret, struct error *error);

/* Releases the hold on its node; NULL is fine. */
void slot_link_release(struct slot_link **link);
