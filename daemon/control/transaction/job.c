// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/transaction/job.h"

#include "base/cleanup.h"

void job_drop(struct job **p)
{
	struct job *job = steal(*p);

	if (!job)
		return;
	free(job->name);
	job->type->drop(job);
}

int job_check_abandoned(const struct job *job, struct error *error)
{
	if (!atomic_load(&job->abandoned))
		return 0;
	return error_set(
		error, ERROR_INTERNAL, -ECANCELED,
		"the request was abandoned: its client disconnected, or the daemon is stopping");
}
