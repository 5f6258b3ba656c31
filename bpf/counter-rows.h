#pragma once

/*
 * What the daemon and the rootlet have to agree on. Included by BPF C and by C.
 */

/* Components a device can have; the placeholders below and the dispatcher are written out for it. */
#define ROOTLET_SLOTS 32

/*
 * Row of the counter map for packets that left at slot N is N; the row behind the last slot in use
 * counts those that left at the end. A row has one 64-bit counter a verdict.
 */
struct rootlet_row {
	unsigned long long verdict[5];
};

/*
 * If a component may not decide everything there is such a row behind these for every slot: how many of
 * its verdicts became aborted, in the counter for aborted.
 */
#define ROOTLET_OVERRULED_ROW(n_slots, slot) ((n_slots) + 1 + (slot))
