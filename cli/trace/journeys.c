// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/trace/journeys.h"

#include "base/cleanup.h"
#include "cli/or-abort.h"

#include <string.h>

/* A policy can call its slots in a loop. More steps of one packet are not shown. */
#define STEPS_MAX 1024

/* The steps of one packet so far. Their bytes are copies. */
struct journey {
	size_t n_steps;
	struct ring_record *steps;
};

static void forget(struct journey *journey)
{
	while (journey->n_steps > 0)
		free((void *)journey->steps[--journey->n_steps].bytes);
}

static struct journey *find(struct journeys *journeys, const struct ring_record *record)
{
	struct journey *longer;

	while (journeys->n_items <= record->ring) {
		longer = or_abort(
			reallocarray(journeys->items, journeys->n_items + 1, sizeof(*longer)));
		journeys->items = longer;
		longer[journeys->n_items++] = (struct journey){};
	}
	return &journeys->items[record->ring];
}

static bool is_of(const struct journey *journey, const struct ring_record *record)
{
	return journey->n_steps > 0 && journey->steps[0].record.packet == record->record.packet;
}

void journeys_keep(struct journeys *journeys, const struct ring_record *record)
{
	struct journey *journey = find(journeys, record);
	struct ring_record copy = *record;
	unsigned char *bytes;

	if (!is_of(journey, record))
		forget(journey);
	if (journey->n_steps == STEPS_MAX)
		return;
	bytes = or_abort(malloc(record->record.captured + 1));
	memcpy(bytes, record->bytes, record->record.captured);
	copy.bytes = bytes;
	journey->steps = or_abort(
		reallocarray(journey->steps, journey->n_steps + 1, sizeof(*journey->steps)));
	journey->steps[journey->n_steps++] = copy;
}

void journeys_release(struct journeys *journeys, const struct ring_record *record,
		      void (*take)(void *userdata, const struct ring_record *record),
		      void *userdata)
{
	struct journey *journey = find(journeys, record);

	for (size_t i = 0; is_of(journey, record) && i < journey->n_steps; i++)
		take(userdata, &journey->steps[i]);
	forget(journey);
}

void journeys_done(struct journeys *journeys)
{
	for (size_t i = 0; i < journeys->n_items; i++) {
		forget(&journeys->items[i]);
		free(journeys->items[i].steps);
	}
	free(steal(journeys->items));
	journeys->n_items = 0;
}
