#pragma once

#include "base/string-list.h"
#include "base/verdict.h"
#include "daemon/control/packets/packet-diff.h"

#include <stdbool.h>
#include <stdint.h>

/* What became of one packet. */
struct tried_packet {
	size_t size;
	size_t original; /* more: the capture has only the beginning */
	char *failure;	 /* it was not run: why; else NULL, and what follows counts */
	enum verdict verdict;
	size_t component; /* who decided, among the trial's; or behind them: nobody did */
	bool overruled;	  /* what it decided it may not, so that it became aborted */
	size_t size_after;
	struct byte_changes changes;
};

/* What a chain would do with packets. */
struct trial {
	char *ifname;
	char *netns; /* path; NULL: the daemon's own */
	uint64_t generation;
	bool is_planned; /* else it runs now */
	bool has_policy; /* which does not tell who decided */
	struct strings components;
	size_t n_packets;
	struct tried_packet *packets;
	struct strings notes; /* where the trial differs from the device, a sentence each */
};

/* Frees the contents. */
void trial_done(struct trial *trial);
