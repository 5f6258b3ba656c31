// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/trace/tracers.h"
#include "daemon/control/transaction/job.h"

struct device;
struct manager;

/*
 * The job that makes the device run the twin for its tracers or, if it has none, the live generation again.
 */
int trace_job_new(struct tracers *tracers, struct manager *manager, const struct device *device,
		  struct job **ret, struct error *error);
