// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/numbers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* Up to so many numbers are searched one by one; more get a table of their positions. */
#define FEW_NUMBERS 16

/* The position of a number in the table, or a free one. */
static size_t find_place(const struct numbers *numbers, int number)
{
	uint32_t hash = (uint32_t)number * 2654435761u; /* Knuth's multiplicative hash */
	size_t place = hash ^ hash >> 16;

	for (;; place++) {
		uint32_t item = numbers->places[place & (numbers->n_places - 1)];

		if (!item || numbers->items[item - 1] == number)
			return place & (numbers->n_places - 1);
	}
}

/* Makes a table of positions that is at most half full. */
static int make_places(struct numbers *numbers)
{
	size_t n_places = 8 * FEW_NUMBERS;

	while (n_places < 4 * numbers->n_items)
		n_places *= 2;
	free(numbers->places);
	numbers->places = calloc(n_places, sizeof(*numbers->places));
	numbers->n_places = n_places;
	if (!numbers->places)
		return -ENOMEM;
	for (size_t i = 0; i < numbers->n_items; i++)
		numbers->places[find_place(numbers, numbers->items[i])] = i + 1;
	return 0;
}

static bool has_number(const struct numbers *numbers, int number)
{
	if (numbers->places)
		return numbers->places[find_place(numbers, number)];
	for (size_t i = 0; i < numbers->n_items; i++)
		if (numbers->items[i] == number)
			return true;
	return false;
}

/* Makes room for one more; doubles the size whenever it is full. */
static int make_room(struct numbers *numbers)
{
	size_t n_items = numbers->n_items;
	int *more;

	if (n_items & (n_items - 1))
		return 0;
	more = reallocarray(numbers->items, n_items ? 2 * n_items : 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	numbers->items = more;
	return 0;
}

int numbers_add(struct numbers *numbers, int number)
{
	if (numbers->n_items >= FEW_NUMBERS && 2 * numbers->n_items >= numbers->n_places &&
	    make_places(numbers) < 0)
		return -ENOMEM;
	if (has_number(numbers, number))
		return 0;
	if (make_room(numbers) < 0)
		return -ENOMEM;
	numbers->items[numbers->n_items++] = number;
	if (numbers->places)
		numbers->places[find_place(numbers, number)] = numbers->n_items;
	return 0;
}

void numbers_done(struct numbers *numbers)
{
	free(numbers->items);
	free(numbers->places);
	*numbers = (struct numbers){};
}
