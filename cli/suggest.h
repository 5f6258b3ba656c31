#pragma once

#include <stddef.h>

/* What somebody who mistyped a word may have meant. */
struct suggestion {
	const char *word; /* that was typed */
	const char *best; /* NULL: nothing comes close */
	size_t distance;
};

/* Takes the candidate if it comes closer than those before it; both strings outlive the suggestion. */
void suggestion_consider(struct suggestion *suggestion, const char *candidate);
