// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/redirect-check.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/control/transaction/redirects.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"

#include <string.h>

#define INTERVAL_USEC 1000000

/* What was found, for each device of the registry in its order. */
struct redirect_check {
	struct job job;
	struct redirect_checks *checks;
	size_t n_sentences;
	char **sentences;
	struct error error;
};

static void look(struct job *job)
{
	struct redirect_check *check = (struct redirect_check *)job;
	const struct registry *registry = &check->checks->manager->registry;

	check->sentences = calloc(registry->n_devices + 1, sizeof(*check->sentences));
	for (size_t i = 0; check->sentences && i < registry->n_devices; i++) {
		const struct device *device = registry->devices[i];

		if (job_check_abandoned(job, &check->error) < 0)
			return;
		check->sentences[i] = redirects_describe_lost(&device->chain, device->netns,
							      device->ifindex, device->attachment);
		check->n_sentences = i + 1;
	}
}

/* No device was added or removed meanwhile, because only jobs do that. */
static bool looked(struct job *job)
{
	struct redirect_check *check = (struct redirect_check *)job;
	const struct registry *registry = &check->checks->manager->registry;

	job->succeeded = check->error.id == ERROR_NONE;
	for (size_t i = 0; i < check->n_sentences && i < registry->n_devices; i++) {
		free(registry->devices[i]->lost_redirects);
		registry->devices[i]->lost_redirects = steal(check->sentences[i]);
	}
	return true;
}

static const struct job_step steps[] = { { look, looked } };

static char *describe(const struct job *job)
{
	(void)job;
	return strdup("the check of devices that packets are redirected to");
}

static const void *get_result(const struct job *job)
{
	return job;
}

static void drop(struct job *job)
{
	struct redirect_check *check = (struct redirect_check *)job;

	while (check->n_sentences > 0)
		free(check->sentences[--check->n_sentences]);
	free(check->sentences);
	error_done(&check->error);
	check->checks->is_running = false;
	check->checks->ended_at = clock_usec(CLOCK_MONOTONIC);
	free(check);
}

static const struct job_type redirect_check_job = {
	.describe = describe,
	.n_steps = array_size(steps),
	.steps = steps,
	.result = get_result,
	.drop = drop,
};

static bool may_redirect(const struct registry *registry)
{
	for (size_t i = 0; i < registry->n_devices; i++)
		if (registry->devices[i]->attachment &&
		    redirects_are_possible(&registry->devices[i]->chain))
			return true;
	return false;
}

void redirect_checks_start(struct redirect_checks *checks)
{
	struct redirect_check *check;

	if (checks->is_running || !queue_is_empty(checks->queue) ||
	    clock_usec(CLOCK_MONOTONIC) < checks->ended_at + INTERVAL_USEC ||
	    !may_redirect(&checks->manager->registry))
		return;
	check = calloc(1, sizeof(*check));
	if (!check)
		return;
	check->job.type = &redirect_check_job;
	check->job.error = &check->error;
	check->job.yields = true;
	check->checks = checks;
	checks->is_running = true;
	queue_add(checks->queue, &check->job, NULL, NULL);
}
