// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/node.h"
#include "tests/unit/test.h"

#include <stdlib.h>

static unsigned int destroyed;
static struct node *order[8];

static void count(struct node *node)
{
	order[destroyed++ % 8] = node;
}

static const struct node_type counted = { "counted", count };

static struct node *node_needing(size_t n_needs, struct node *const *needs)
{
	struct node *node = calloc(1, sizeof(*node));

	assert_int_equal(node_init(node, &counted, n_needs, needs), 0);
	return node;
}

static int reset(void **state)
{
	(void)state;
	destroyed = 0;
	return 0;
}

static void node_goes_with_its_last_holder(void **state)
{
	struct node *node = node_needing(0, NULL), *second = node_hold(node);

	(void)state;
	node_release(&node);
	assert_null(node);
	assert_int_equal(destroyed, 0);
	node_release(&second);
	assert_int_equal(destroyed, 1);
	node_release(&second);
	assert_int_equal(destroyed, 1);
}

static void rootlet_lives_until_its_last_link_goes(void **state)
{
	struct node *rootlet = node_needing(0, NULL), *program = node_needing(0, NULL);
	struct node *link = node_needing(2, (struct node *[]){ rootlet, program });

	(void)state;
	node_release(&rootlet);
	assert_int_equal(destroyed, 0);
	node_release(&link);
	assert_int_equal(destroyed, 2);
	node_release(&program);
	assert_int_equal(destroyed, 3);
}

static void a_link_is_destroyed_before_what_it_joins(void **state)
{
	struct node *rootlet = node_needing(0, NULL), *program = node_needing(0, NULL);
	struct node *link = node_needing(2, (struct node *[]){ rootlet, program });
	struct node *expected[] = { link, program, rootlet };

	(void)state;
	node_release(&rootlet);
	node_release(&program);
	node_release(&link);
	assert_int_equal(destroyed, 3);
	assert_memory_equal(order, expected, sizeof(expected));
}

static void any_order_of_release_frees_everything(void **state)
{
	(void)state;
	for (unsigned int permutation = 0; permutation < 24; permutation++) {
		struct node *library = node_needing(0, NULL);
		struct node *program = node_needing(1, &library);
		struct node *rootlet = node_needing(0, NULL);
		struct node *link = node_needing(2, (struct node *[]){ rootlet, program });
		struct node **left[] = { &library, &program, &rootlet, &link };
		unsigned int choice = permutation;

		destroyed = 0;
		for (unsigned int n_left = 4; n_left > 0; n_left--) {
			unsigned int chosen = choice % n_left;

			choice /= n_left;
			node_release(left[chosen]);
			left[chosen] = left[n_left - 1];
		}
		assert_int_equal(destroyed, 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(node_goes_with_its_last_holder, reset),
		cmocka_unit_test_setup(rootlet_lives_until_its_last_link_goes, reset),
		cmocka_unit_test_setup(a_link_is_destroyed_before_what_it_joins, reset),
		cmocka_unit_test_setup(any_order_of_release_frees_everything, reset),
	};

	return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
