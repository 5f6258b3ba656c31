// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stddef.h>

/* The word that a user may have meant by a mistyped one. */
struct suggestion {
	const char *word; /* the mistyped word */
	const char *best; /* NULL: no candidate is similar */
	size_t distance;
};

/* Keeps the candidate if it is more similar than those before it; both strings outlive the suggestion. */
void suggestion_consider(struct suggestion *suggestion, const char *candidate);
