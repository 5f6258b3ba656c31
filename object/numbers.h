// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A set of numbers, in the order in which they were added; zeroed, it is empty. */
struct numbers {
	size_t n_items;
	int *items;
	size_t n_places; /* of a table that exists only for many numbers */
	uint32_t *places;
};

/* Adds a number that is not in the set yet. -ENOMEM, or 0. */
int numbers_add(struct numbers *numbers, int number);
void numbers_done(struct numbers *numbers);
