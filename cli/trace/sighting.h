// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/trace/rings.h"

#include <jansson.h>

/* The chain of a device, as replies of Trace describe it: the records have positions in its list. */
struct traced_chain {
	uint64_t generation;
	json_t *components;
};

/* Records of an earlier generation can still arrive after the reply about the next one. */
#define TRACED_CHAINS_KEPT 16

struct traced_chains {
	char *device; /* its latest name; NULL: no reply yet */
	size_t n_items;
	struct traced_chain items[TRACED_CHAINS_KEPT]; /* the latest is the last one */
};

/* Adds what the reply says; the oldest generation is forgotten if there are too many. */
void traced_chains_add(struct traced_chains *chains, const json_t *reply);
void traced_chains_done(struct traced_chains *chains);

enum sighting_place {
	SIGHTING_ARRIVAL,
	SIGHTING_COMPONENT, /* the component let the packet proceed */
	SIGHTING_LEAVE,	    /* the packet left the chain there */
};

/* A record, and what it means. */
struct sighting {
	const struct trace_record *record;
	const unsigned char *bytes;
	uint64_t time; /* nanoseconds since 1970 */
	enum sighting_place place;
	const char *device;
	const char *component; /* NULL: none, or not known */
	bool is_past_all;      /* it left at the end of the chain */
	const char *object;    /* "sha256:..." of the component; NULL: it has none */
	bool changed;	       /* since the packet's previous record */
	/* The first byte that changed, and the one after the last; both 0 if the length changed. */
	size_t changed_from, changed_end;
};

/* Fills all but the time and what changed. The strings belong to the chains. */
void sighting_init(struct sighting *ret, const struct traced_chains *chains,
		   const struct ring_record *from);

/* "dropped by fw, generation 7"; the caller frees it. */
char *sighting_describe(const struct sighting *sighting);

/* The packet's time, what happened to it, and what it is, as one line. `numbered`: with its number. */
void sighting_print(FILE *file, const struct sighting *sighting, bool numbered);

/* The same for programs; a new reference. */
json_t *sighting_encode(const struct sighting *sighting);
