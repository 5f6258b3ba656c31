// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/notify.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/linkers/linker.h"
#include "daemon/state/device-trouble.h"
#include "daemon/state/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

struct notify {
	const struct control *control;
	sd_event_source *after_each;
	char not_reloaded[512]; /* why the last reload failed; or empty */
	char status[1024];	/* that was sent to the service manager last */
};

/* How many devices the status names; further ones are only counted. */
#define NAMED_MAX 3

/*
 * Formats for example "; not running: eth0 (failed), eth1 (absent) and 2 more", or an empty string.
 */
static void describe_not_running(const struct registry *registry, char *text, size_t size)
{
	size_t count = 0, used = 0;

	*text = '\0';
	for (size_t i = 0; i < registry->n_devices; i++) {
		const struct device *device = registry->devices[i];
		const struct entry *entry = device_failed_entry(device);

		if (device_is_whole(device) || count++ >= NAMED_MAX)
			continue;
		used += snprintf(text + used, size - used, "%s%s (%s)",
				 count == 1 ? "; not running: " : ", ", device->ifname,
				 entry			    ? entry->name
				 : device->config.suspended ? "suspended"
							    : device_state(device));
		if (used >= size)
			return;
	}
	if (count > NAMED_MAX)
		snprintf(text + used, size - used, " and %zu more", count - NAMED_MAX);
}

static void describe(const struct notify *notify, char *text, size_t size)
{
	char not_running[256];

	const struct registry *registry = control_registry(notify->control);
	size_t n_components = 0, n_absent = 0;
	size_t n_unknown = control_orphans(notify->control)->n_items;
	size_t n_devices = registry->n_devices + n_unknown;
	char absent[32] = "", unknown[32] = "", odd[80] = "";

	for (size_t i = 0; i < registry->n_devices; i++) {
		n_components += registry->devices[i]->chain.n_entries;
		n_absent += !strcmp(device_state(registry->devices[i]), "absent");
	}
	if (n_absent)
		snprintf(absent, sizeof(absent), "%zu absent", n_absent);
	if (n_unknown)
		snprintf(unknown, sizeof(unknown), "%zu unknown", n_unknown);
	if (n_absent || n_unknown)
		snprintf(odd, sizeof(odd), " (%s%s%s)", absent, n_absent && n_unknown ? ", " : "",
			 unknown);
	describe_not_running(registry, not_running, sizeof(not_running));
	snprintf(text, size, "%zu device%s%s, %zu component%s, linker %s%s%s%s", n_devices,
		 n_devices == 1 ? "" : "s", odd, n_components, n_components == 1 ? "" : "s",
		 control_linker(notify->control)->type->name, not_running,
		 *notify->not_reloaded ? "; configuration not reloaded: " : "",
		 notify->not_reloaded);
}

/* Runs after all other work of the loop, so code that changes something need not report it here. */
static int tell_status(sd_event_source *source, void *userdata)
{
	struct notify *notify = userdata;
	char status[sizeof(notify->status)];

	(void)source;
	describe(notify, status, sizeof(status));
	if (!strcmp(status, notify->status))
		return 0;
	strcpy(notify->status, status);
	sd_notifyf(false, "STATUS=%s", status);
	return 0;
}

static void say_ready(struct notify *notify)
{
	describe(notify, notify->status, sizeof(notify->status));
	sd_notifyf(false, "READY=1\nSTATUS=%s", notify->status);
}

int notify_new(sd_event *loop, const struct control *control, struct notify **ret,
	       struct error *error)
{
	cleanup(freep) struct notify *notify = calloc(1, sizeof(*notify));
	int result;

	if (!notify)
		return error_memory(error);
	notify->control = control;
	result = sd_event_set_watchdog(loop, true);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot enable the watchdog: %s",
				 errno_name(result));
	result = sd_event_add_post(loop, &notify->after_each, tell_status, notify);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot watch for changes: %s",
				 errno_name(result));
	say_ready(notify);
	*ret = steal(notify);
	return 0;
}

void notify_drop(struct notify **p)
{
	struct notify *notify = steal(*p);

	if (!notify)
		return;
	sd_notify(false, "STOPPING=1");
	sd_event_source_disable_unref(notify->after_each);
	free(notify);
}

void notify_reload_begin(void)
{
	/* Managers that sent the signal themselves use the time to identify their request. */
	sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, clock_usec(CLOCK_MONOTONIC));
}

void notify_reload_end(struct notify *notify, const char *why)
{
	snprintf(notify->not_reloaded, sizeof(notify->not_reloaded), "%s", why ?: "");
	say_ready(notify);
}
