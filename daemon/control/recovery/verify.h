// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/job.h"
#include "daemon/control/transaction/manager.h"

/* Differences between the kernel or the disk and what xdpd believes. */
struct findings {
	size_t n_items;
	struct finding {
		char *ifname; /* NULL: the finding is not about a device */
		char *netns;  /* path of its network namespace; NULL: the daemon's own */
		char *sentence;
		bool repaired;
	} * items;
};

/*
 * Makes a job that compares what xdpd believes with the kernel's records, the pins and the disk. With
 * `repair` it also repairs differences, as far as possible. Its result is struct findings; a component that
 * the rules for signatures do not trust is a finding, too. -ENOMEM.
 */
int verify_new(struct manager *manager, bool repair, struct job **ret, struct error *error);
