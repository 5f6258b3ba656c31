// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/monitor/confirm-timer.h"

#include "base/cleanup.h"
#include "daemon/loop/timer.h"
#include "daemon/state/device.h"
#include "daemon/state/rollback.h"

#include <string.h>

#define RETRY 1000000ull /* microseconds */

struct confirm_timer {
	struct timer *timer;
};

int confirm_timer_new(sd_event *loop, void (*over)(void *userdata), void *userdata,
		      struct confirm_timer **ret, struct error *error)
{
	cleanup(confirm_timer_drop) struct confirm_timer *confirm_timer =
		calloc(1, sizeof(*confirm_timer));
	int result;

	if (!confirm_timer)
		return error_memory(error);
	result = timer_new(loop, CLOCK_BOOTTIME, 1, over, userdata, &confirm_timer->timer, error);
	if (result == 0)
		*ret = steal(confirm_timer);
	return result;
}

void confirm_timer_drop(struct confirm_timer **p)
{
	struct confirm_timer *confirm_timer = steal(*p);

	if (!confirm_timer)
		return;
	timer_drop(&confirm_timer->timer);
	free(confirm_timer);
}

/* Devices that are rolled back together are counted once. */
static bool is_first(const struct registry *registry, size_t number)
{
	uint64_t change = registry->devices[number]->rollback->change;

	for (size_t i = 0; i < number; i++)
		if (registry->devices[i]->rollback &&
		    registry->devices[i]->rollback->change == change)
			return false;
	return true;
}

size_t confirm_timer_overdue(struct confirm_timer *confirm_timer, const struct registry *registry)
{
	uint64_t now = rollback_now(), next = UINT64_MAX;
	size_t n_overdue = 0;

	for (size_t i = 0; i < registry->n_devices; i++) {
		const struct rollback *rollback = registry->devices[i]->rollback;

		if (!rollback)
			continue;
		if (rollback_due(rollback) <= now)
			n_overdue += is_first(registry, i);
		else if (rollback_due(rollback) < next)
			next = rollback_due(rollback);
	}
	if (next == UINT64_MAX)
		timer_stop(confirm_timer->timer);
	else
		timer_set(confirm_timer->timer, next);
	return n_overdue;
}

bool confirm_timer_retry(const struct registry *registry, const struct error *error)
{
	const struct device *first = registry_next_rollback(registry);
	uint64_t change = first ? first->rollback->change : 0;
	bool is_new = first && !first->rollback->retry_at;

	for (size_t i = 0; first && i < registry->n_devices; i++) {
		struct rollback *rollback = registry->devices[i]->rollback;

		if (!rollback || rollback->change != change)
			continue;
		rollback->retry_at = rollback_now() + RETRY;
		free(rollback->failure);
		rollback->failure = strdup(error->message ?: "out of memory");
	}
	return is_new;
}
