// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/file.h"

#include <stdbool.h>
#include <stdint.h>

/* One line of a file of allowed signers. */
struct signer_line {
	unsigned int number; /* counted from 1 */
	char *principals;    /* as in the file */
	char *namespaces;    /* a list of patterns; NULL: all namespaces */
	bool has_valid_after, has_valid_before;
	int64_t valid_after, valid_before; /* seconds since 1970 */
	struct blob key;		   /* in SSH's encoding */
};

/*
 * Parses a line that is neither empty nor a comment. Free with signer_line_done(). Errors: InvalidArgument
 * for a line that is wrong or uses something that is not supported.
 */
int signer_line_parse(const char *text, unsigned int number, struct signer_line *ret,
		      struct error *error);

/* Frees the contents. */
void signer_line_done(struct signer_line *line);
