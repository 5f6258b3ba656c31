// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#pragma once

/* What the daemon and the rootlet must agree on. BPF C and the daemon's C include it. */

/* Maximum number of components of a device; the placeholders and the dispatcher are written out for it. */
#define ROOTLET_SLOTS 32

/*
 * Row N of the counter map counts packets that left the chain at slot N; the row after the last used slot
 * counts those that left at its end. A row has one 64-bit counter per verdict.
 */
struct rootlet_row {
	unsigned long long verdict[5];
};

/*
 * If a component may not decide everything, each slot has one more such row after these: its counter for
 * aborted is how many verdicts of the slot became aborted.
 */
#define ROOTLET_OVERRULED_ROW(n_slots, slot) ((n_slots) + 1 + (slot))
