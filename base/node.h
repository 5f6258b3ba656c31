// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stddef.h>

/*
 * A reference-counted object that needs other objects. An edge means "keeps alive". Edges are set when a node
 * is created, and only to nodes that exist, so there are no cycles. A node does not know which nodes need it.
 */
struct node;

struct node_type {
	const char *name;
	/* Frees what the object itself owns; afterwards the nodes that it needs are released. */
	void (*destroy)(struct node *node);
};

struct node {
	const struct node_type *type;
	unsigned int holders;
	size_t n_needs;
	struct node **needs;
};

/*
 * Turns `node` (zeroed, first member of an allocation from malloc()) into an object with one holder, the
 * caller. It holds each of the `n_needs` nodes until it is destroyed. -ENOMEM, and nothing changes.
 */
int node_init(struct node *node, const struct node_type *type, size_t n_needs,
	      struct node *const *needs);

/* Adds a holder; returns `node`. */
struct node *node_hold(struct node *node);

/*
 * Removes one holder and sets the variable to NULL. Without a holder the node is destroyed: first the object
 * itself (a link goes before the program that it joins), then its hold on what it needs, the latest edge
 * first, then its memory. `*p` may be NULL.
 */
void node_release(struct node **p);
