#pragma once

#include "daemon/chain/chain.h"

/* What differs between a component as it is and as it is to be, in words. */

/* A field of a file with chains that changes. */
struct difference {
	const char *field;
	char *before; /* NULL: it is new */
	char *after;  /* NULL: it is no more */
};

struct differences {
	size_t n_items;
	struct difference *items;
};

/* Frees the contents. */
void differences_done(struct differences *differences);

/* Copies the texts. -ENOMEM */
int differences_add(struct differences *differences, const char *field, const char *before,
		    const char *after, struct error *error);

/* Are these the same text, or both none? */
bool same_text(const char *text, const char *other);

/* A component as it is to be, with nothing left open. Nothing in it is owned. */
struct specification {
	const char *name;
	uint16_t priority;
	verdict_set proceed;
	verdict_set forbidden;
	enum on_failure on_failure;
	struct map_rights map_rights;
	const struct component_spec *spec; /* NULL: it stays what was adopted */
};

/* Adds what differs; `before` may be NULL: it is all new. -ENOMEM */
int differences_find(struct differences *differences, const struct specification *before,
		     const struct specification *after, struct error *error);
