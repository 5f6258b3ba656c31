#include "daemon/control/monitor/confirm-timer.h"

#include "base/cleanup.h"
#include "daemon/state/device.h"
#include "daemon/state/rollback.h"

#include <string.h>
#include <time.h>

#define RETRY 1000000ull /* microseconds */

struct confirm_timer {
	sd_event_source *timer;
	void (*over)(void *userdata);
	void *userdata;
};

static int fire(sd_event_source *timer, uint64_t usec, void *userdata)
{
	struct confirm_timer *confirm_timer = userdata;

	(void)timer;
	(void)usec;
	confirm_timer->over(confirm_timer->userdata);
	return 0;
}

int confirm_timer_new(sd_event *loop, void (*over)(void *userdata), void *userdata,
		      struct confirm_timer **ret, struct error *error)
{
	cleanup(confirm_timer_drop) struct confirm_timer *confirm_timer =
		calloc(1, sizeof(*confirm_timer));
	int result;

	if (!confirm_timer)
		return error_memory(error);
	confirm_timer->over = over;
	confirm_timer->userdata = userdata;
	result = sd_event_add_time(loop, &confirm_timer->timer, CLOCK_BOOTTIME, 0, 1, fire,
				   confirm_timer);
	if (result >= 0)
		result = sd_event_source_set_enabled(confirm_timer->timer, SD_EVENT_OFF);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot create a timer: %s",
				 errno_name(result));
	*ret = steal(confirm_timer);
	return 0;
}

void confirm_timer_drop(struct confirm_timer **p)
{
	struct confirm_timer *confirm_timer = steal(*p);

	if (!confirm_timer)
		return;
	sd_event_source_disable_unref(confirm_timer->timer);
	free(confirm_timer);
}

/* Devices that go back together are counted once. */
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
	sd_event_source_set_time(confirm_timer->timer, next);
	sd_event_source_set_enabled(confirm_timer->timer,
				    next == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
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
