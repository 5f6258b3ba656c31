#pragma once

#include "daemon/control/transaction/job.h"
#include "daemon/control/transaction/manager.h"

/* Where the kernel or the disk differs from what xdpd believes. */
struct findings {
	size_t n_items;
	struct finding {
		char *ifname; /* NULL: it is about no device */
		char *sentence;
		bool repaired;
	} * items;
};

/*
 * A job that compares what xdpd believes with the kernel's own records, the pins and the disk. With `repair` it also
 * makes them what they should be, as far as that is possible. Its result is struct findings; a
 * component that the rules for signatures do not trust is one. -ENOMEM.
 */
int verify_new(struct manager *manager, bool repair, struct job **ret, struct error *error);
