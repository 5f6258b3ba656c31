#pragma once

#include <stddef.h>

/*
 * A reference-counted object that needs other objects. An edge means "keeps alive" and is given
 * at birth, to nodes that exist, so there can be no cycle; the needed one does not know who needs
 * it, as the kernel's programs do not know what replaced them.
 */
struct node;

struct node_type {
	const char *name;
	/* Gives back what the object itself owns; what it needs is released after it. */
	void (*destroy)(struct node *node);
};

struct node {
	const struct node_type *type;
	unsigned int holders;
	size_t n_needs;
	struct node **needs;
};

/*
 * Makes `node` (zeroed, first member of an allocation from malloc()) an object with one holder,
 * the caller. It holds each of the `n_needs` nodes until it is destroyed. -ENOMEM leaves
 * everything as it was.
 */
int node_init(struct node *node, const struct node_type *type, size_t n_needs,
	      struct node *const *needs);

/* One more holder; returns `node`. */
struct node *node_hold(struct node *node);

/*
 * Takes one holder away and NULLs the variable. The last one to go destroys the node: first
 * itself (a link goes before the program it joins), then its hold on what it needs, the latest
 * edge first, then its memory. NULL is fine.
 */
void node_release(struct node **p);
