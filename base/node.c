// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/node.h"

#include "base/cleanup.h"

#include <assert.h>

int node_init(struct node *node, const struct node_type *type, size_t n_needs,
	      struct node *const *needs)
{
	assert(node->holders == 0);
	if (n_needs > 0) {
		node->needs = calloc(n_needs, sizeof(*node->needs));
		if (!node->needs)
			return -ENOMEM;
	}
	for (size_t i = 0; i < n_needs; i++)
		node->needs[i] = node_hold(needs[i]);
	node->n_needs = n_needs;
	node->type = type;
	node->holders = 1;
	return 0;
}

struct node *node_hold(struct node *node)
{
	assert(node->holders > 0);
	node->holders++;
	return node;
}

void node_release(struct node **p)
{
	struct node *node = steal(*p);

	if (!node)
		return;
	assert(node->holders > 0);
	if (--node->holders > 0)
		return;
	node->type->destroy(node);
	while (node->n_needs > 0)
		node_release(&node->needs[--node->n_needs]);
	free(node->needs);
	free(node);
}
