// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/trace/rings.h"

/*
 * Keeps what is recorded of a packet on its way until it leaves the chain, because only then it is known whether the
 * user wants to see the packet. A CPU handles one packet after the other, so each ring has the records of a packet
 * without others in between.
 */
struct journeys {
	size_t n_items;
	struct journey *items; /* one for each ring */
};

/* Keeps a copy of the record. What was kept of an earlier packet of the same ring is dropped. */
void journeys_keep(struct journeys *journeys, const struct ring_record *record);

/* Passes what was kept of the packet that this record is of, oldest first, and drops it. */
void journeys_release(struct journeys *journeys, const struct ring_record *record,
		      void (*take)(void *userdata, const struct ring_record *record),
		      void *userdata);

/* Frees the contents. */
void journeys_done(struct journeys *journeys);
