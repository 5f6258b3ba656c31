// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

/* A way to wait until no CPU runs a BPF program that was replaced or detached before. */
struct grace_period {
	int outer_fd;
	int inner_fd;
};

/* Creates the maps. Close them with grace_period_done(). Errors: KernelRefused. */
int grace_period_init(struct grace_period *grace_period, struct error *error);
void grace_period_done(struct grace_period *grace_period);

/*
 * Returns when every packet that was inside a program at the time of the call has left it. Blocks for one
 * RCU grace period, which takes milliseconds. It updates a map of maps: on every kernel that has such maps,
 * the update waits for the programs that may still use the old entry (kernel/bpf/syscall.c,
 * maybe_wait_bpf_programs()).
 */
int grace_period_wait(struct grace_period *grace_period, struct error *error);
