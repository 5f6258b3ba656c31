// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/chain/chain.h"

/* Describes how a component differs from its wanted form. */

/* A field of a chain file that changes. */
struct field_diff {
	const char *field;
	char *before; /* NULL: the field is new */
	char *after;  /* NULL: the field is removed */
};

struct diff {
	size_t n_items;
	struct field_diff *items;
};

/* Frees the contents. */
void diff_done(struct diff *diff);

/* Copies the texts. -ENOMEM */
int diff_add(struct diff *diff, const char *field, const char *before, const char *after,
	     struct error *error);

/* Are both texts the same, or both NULL? */
bool same_text(const char *text, const char *other);

/* The complete wanted form of a component. It owns nothing. */
struct component_config {
	const char *name;
	const char *owner; /* NULL: it has none */
	struct component_settings settings;
	struct map_permissions map_permissions;
	const struct component_spec *spec; /* NULL: it stays the program that was adopted */
};

/* Adds all fields that differ; `before` may be NULL: all fields are new. -ENOMEM */
int diff_find(struct diff *diff, const struct component_config *before,
	      const struct component_config *after, struct error *error);
