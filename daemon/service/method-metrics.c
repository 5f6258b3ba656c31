// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Metrics: only the figures of all devices, so that even those of a thousand devices can be read often
 * without delaying other clients.
 */
#include "base/cleanup.h"
#include "base/json-writer.h"
#include "daemon/control/change-stats.h"
#include "daemon/control/pins/orphans.h"
#include "daemon/linkers/generation.h"
#include "daemon/service/dispatch.h"
#include "daemon/service/encode-state.h"
#include "daemon/state/device-trouble.h"
#include "daemon/state/rollback.h"

static void write_component(struct json_writer *writer, const struct device *device,
			    const struct entry *entry, const struct component_stats *stats)
{
	json_writer_open(writer, NULL, '{');
	json_writer_string(writer, "name", entry->name);
	json_writer_string(writer, "state", component_state(device, entry));
	json_writer_verdicts(writer, "proceed_on", entry->settings.proceed);
	if (!entry->spec.slot)
		component_stats_write(writer, "counters", stats);
	json_writer_close(writer, '}');
}

static void write_unconfirmed(struct json_writer *writer, const struct rollback *rollback)
{
	uint64_t now = rollback_now();

	if (rollback)
		json_writer_number(
			writer, "unconfirmed",
			rollback->until > now ? (rollback->until - now + 999999) / 1000000 : 0);
}

static int write_device(struct json_writer *writer, const struct device *device,
			struct error *error)
{
	cleanup(freep) struct component_stats *stats = NULL;
	int result = device_component_stats(device, &stats, error);

	if (result < 0)
		return result;
	json_writer_open(writer, NULL, '{');
	json_writer_string(writer, "ifname", device->ifname);
	json_writer_string(writer, "netns", device->netns_path);
	json_writer_string(writer, "state", device_state(device));
	json_writer_number(writer, "generation", device->generation);
	write_unconfirmed(writer, device->rollback);
	json_writer_open(writer, "components", '[');
	for (size_t i = 0; i < device->chain.n_entries; i++)
		write_component(writer, device, &device->chain.entries[i], &stats[i]);
	json_writer_close(writer, ']');
	json_writer_close(writer, '}');
	return 0;
}

static void write_orphan(struct json_writer *writer, const struct orphan *item)
{
	json_writer_open(writer, NULL, '{');
	json_writer_string(writer, "ifname", item->name.ifname);
	json_writer_string(writer, "netns", item->name.netns);
	json_writer_string(writer, "state", "unknown");
	json_writer_number(writer, "generation", 0);
	json_writer_open(writer, "components", '[');
	json_writer_close(writer, ']');
	json_writer_close(writer, '}');
}

static int write_devices(struct json_writer *writer, const struct control *control,
			 struct error *error)
{
	const struct registry *registry = control_registry(control);
	const struct orphans *orphans = control_orphans(control);
	int result = 0;

	json_writer_open(writer, "devices", '[');
	for (size_t i = 0; result == 0 && i < registry->n_devices; i++)
		result = write_device(writer, registry->devices[i], error);
	for (size_t i = 0; i < orphans->n_items; i++)
		if (*orphans->items[i].name.ifname &&
		    orphan_runs(control_pin_directories(control), &orphans->items[i]))
			write_orphan(writer, &orphans->items[i]);
	json_writer_close(writer, ']');
	return result;
}

static void write_changes(struct json_writer *writer, const struct change_stats *stats)
{
	json_writer_open(writer, "changes", '[');
	for (size_t i = 0; i < CHANGE_COUNTS; i++) {
		if (!change_stats_name(i))
			continue;
		json_writer_open(writer, NULL, '{');
		json_writer_string(writer, "kind", change_stats_name(i));
		json_writer_number(writer, "succeeded", stats->counts[i].n_succeeded);
		json_writer_number(writer, "failed", stats->counts[i].n_failed);
		json_writer_close(writer, '}');
	}
	json_writer_close(writer, ']');
}

/* The last bucket has no bound. */
static void write_durations(struct json_writer *writer, const struct change_stats *stats)
{
	json_writer_open(writer, "durations", '[');
	for (size_t i = 0; i <= CHANGE_BUCKETS; i++) {
		json_writer_open(writer, NULL, '{');
		if (i < CHANGE_BUCKETS)
			json_writer_number(writer, "usec", change_bucket_bounds[i]);
		json_writer_number(writer, "count", stats->buckets[i]);
		json_writer_close(writer, '}');
	}
	json_writer_close(writer, ']');
}

int method_metrics(struct peer *peer, void *request, struct error *error)
{
	const struct control *control = peer_context(peer)->control;
	const struct change_stats *stats = control_change_stats(control);
	struct json_writer writer = { .is_compact = true };
	cleanup(freep) char *text = NULL;
	int result;

	(void)request;
	json_writer_open(&writer, NULL, '{');
	json_writer_string(&writer, "version", XDPD_VERSION);
	result = write_devices(&writer, control, error);
	write_changes(&writer, stats);
	write_durations(&writer, stats);
	json_writer_number(&writer, "durations_usec", stats->usec);
	json_writer_number(&writer, "restored", stats->n_restored);
	json_writer_close(&writer, '}');
	text = json_writer_finish(&writer);
	if (result == 0)
		peer_reply_text(peer, steal(text));
	return result;
}
