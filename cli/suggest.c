// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/suggest.h"

#include <stdint.h>
#include <string.h>

/* A longer word is not a mistyped one. */
#define LENGTH_MAX 40

static size_t min(size_t left, size_t right)
{
	return left < right ? left : right;
}

/*
 * How many letters have to be inserted, removed, changed or swapped with the next one to turn one word into
 * the other: the optimal string alignment distance, in three rows of its table.
 */
static size_t distance(const char *from, const char *to)
{
	size_t rows[3][LENGTH_MAX + 1] = {}, length = strlen(to);
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= length; j++)
		above[j] = j;
	for (size_t i = 1; from[i - 1]; i++) {
		size_t *unused = before;

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			row[j] = min(min(above[j], row[j - 1]) + 1,
				     above[j - 1] + (from[i - 1] != to[j - 1]));
			if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
				row[j] = min(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = unused;
	}
	return above[length];
}

/*
 * Similar: at most one mistake in three letters, or the word is the beginning of the candidate, or the
 * reverse.
 */
static size_t judge(const char *word, const char *candidate)
{
	size_t length = strlen(word), mistakes, shorter;

	if (length == 0 || length > LENGTH_MAX || strlen(candidate) > LENGTH_MAX)
		return SIZE_MAX;
	mistakes = distance(word, candidate);
	if (mistakes <= (length + 1) / 3)
		return mistakes;
	shorter = min(length, strlen(candidate));
	return shorter > 1 && !strncmp(word, candidate, shorter) ? mistakes : SIZE_MAX;
}

void suggestion_consider(struct suggestion *suggestion, const char *candidate)
{
	size_t mistakes = judge(suggestion->word, candidate);

	if (mistakes == SIZE_MAX || (suggestion->best && mistakes >= suggestion->distance))
		return;
	suggestion->best = candidate;
	suggestion->distance = mistakes;
}
