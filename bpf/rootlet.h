#pragma once

/*
 * What the daemon and the rootlet have to agree on. Included by BPF C and by C.
 */

/* Components a device can have; the placeholders below and the dispatcher are written out for it. */
#define ROOTLET_SLOTS 32

/* What a placeholder returns: "nobody here", outside the five verdicts of enum xdp_action. */
#define ROOTLET_NOBODY 31

/* proceed[] of the first slot that is not in use. */
#define ROOTLET_END (1u << 30)

/*
 * Read-only data of one rootlet. The verifier knows the values, so what they rule out is not in the
 * program that runs.
 */
struct rootlet_config {
	unsigned int proceed[ROOTLET_SLOTS]; /* bit N: after verdict N the next slot runs */
	unsigned int counting;		     /* 0 or 1 */
};

/*
 * Row of the counter map for packets that left at slot N is N; the row behind the last slot in use
 * counts those that left at the end. A row has one 64-bit counter a verdict.
 */
struct rootlet_row {
	unsigned long long verdict[5];
};
