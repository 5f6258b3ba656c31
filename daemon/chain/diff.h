#pragma once

#include "daemon/chain/chain.h"

/* What differs between a component as it is and as it is to be, in words. */

/* A field of a file with chains that changes. */
struct field_diff {
	const char *field;
	char *before; /* NULL: it is new */
	char *after;  /* NULL: it is no more */
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

/* Are these the same text, or both none? */
bool same_text(const char *text, const char *other);

/* A component as it is to be, with nothing left open. Nothing in it is owned. */
struct component_config {
	const char *name;
	struct component_settings settings;
	struct map_permissions map_permissions;
	const struct component_spec *spec; /* NULL: it stays what was adopted */
};

/* Adds what differs; `before` may be NULL: it is all new. -ENOMEM */
int diff_find(struct diff *diff, const struct component_config *before,
	      const struct component_config *after, struct error *error);
