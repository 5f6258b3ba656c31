// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/job.h"
#include "daemon/control/transaction/manager.h"

/*
 * Makes a job that finds out which devices drop packets that chains redirect to them, because devices and
 * maps change without an announcement. It yields to all other jobs. `ended` is called on the loop when the
 * job is freed, however it ended.
 */
int redirect_check_new(struct manager *manager, void (*ended)(void *userdata), void *userdata,
		       struct job **ret, struct error *error);
