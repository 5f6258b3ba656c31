/*
 * Metrics: only the figures of all devices, so that even those of a thousand devices can be read often
 * without delaying other clients.
 */
#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/control/change-stats.h"
#include "daemon/control/pins/orphans.h"
#include "daemon/linkers/generation.h"
#include "daemon/service/dispatch.h"
#include "daemon/service/encode-state.h"
#include "daemon/state/device-trouble.h"
#include "daemon/state/rollback.h"

static json_t *encode_component(const struct device *device, const struct entry *entry,
				const struct component_stats *stats)
{
	return json_pack("{s:s, s:s, s:o, s:o*}", "name", entry->name, "state",
			 component_state(device, entry), "proceed_on",
			 verdicts_encode(entry->settings.proceed), "counters",
			 entry->spec.slot ? NULL : component_stats_encode(stats));
}

static json_t *encode_unconfirmed(const struct rollback *rollback)
{
	uint64_t now = rollback_now();

	if (!rollback)
		return NULL;
	return json_integer(rollback->until > now ? (rollback->until - now + 999999) / 1000000 : 0);
}

static int append_device(json_t *devices, const struct device *device, struct error *error)
{
	cleanup(freep) struct component_stats *stats = NULL;
	int result = device_component_stats(device, &stats, error);
	json_t *components;

	if (result < 0)
		return result;
	components = json_array();
	for (size_t i = 0; i < device->chain.n_entries; i++)
		json_array_append_new(
			components, encode_component(device, &device->chain.entries[i], &stats[i]));
	if (json_array_append_new(
		    devices,
		    json_pack("{s:o, s:o*, s:s, s:I, s:o*, s:o}", "ifname",
			      text_encode(device->ifname), "netns",
			      device->netns_path ? text_encode(device->netns_path) : NULL, "state",
			      device_state(device), "generation", (json_int_t)device->generation,
			      "unconfirmed", encode_unconfirmed(device->rollback), "components",
			      components)) < 0)
		return error_memory(error);
	return 0;
}

static void append_orphans(json_t *devices, const struct control *control)
{
	const struct orphans *orphans = control_orphans(control);

	for (size_t i = 0; i < orphans->n_items; i++) {
		const struct orphan *item = &orphans->items[i];

		if (!*item->name.ifname || !orphan_runs(control_pin_directories(control), item))
			continue;
		json_array_append_new(
			devices, json_pack("{s:o, s:o*, s:s, s:i, s:[]}", "ifname",
					   text_encode(item->name.ifname), "netns",
					   item->name.netns ? text_encode(item->name.netns) : NULL,
					   "state", "unknown", "generation", 0, "components"));
	}
}

static json_t *encode_changes(const struct change_stats *stats)
{
	json_t *list = json_array();

	for (size_t i = 0; i < CHANGE_COUNTS; i++)
		if (change_stats_name(i))
			json_array_append_new(
				list,
				json_pack("{s:s, s:I, s:I}", "kind", change_stats_name(i),
					  "succeeded", (json_int_t)stats->counts[i].n_succeeded,
					  "failed", (json_int_t)stats->counts[i].n_failed));
	return list;
}

/* The last bucket has no bound. */
static json_t *encode_durations(const struct change_stats *stats)
{
	json_t *list = json_array();

	for (size_t i = 0; i <= CHANGE_BUCKETS; i++) {
		json_t *bound = i < CHANGE_BUCKETS ? json_integer(change_bucket_bounds[i]) : NULL;

		json_array_append_new(list, json_pack("{s:o*, s:I}", "usec", bound, "count",
						      (json_int_t)stats->buckets[i]));
	}
	return list;
}

int method_metrics(struct peer *peer, void *request, struct error *error)
{
	const struct control *control = peer_context(peer)->control;
	const struct registry *registry = control_registry(control);
	const struct change_stats *stats = control_change_stats(control);
	cleanup(json_decrefp) json_t *devices = json_array();
	int result = 0;

	(void)request;
	for (size_t i = 0; result == 0 && i < registry->n_devices; i++)
		result = append_device(devices, registry->devices[i], error);
	if (result < 0)
		return result;
	append_orphans(devices, control);
	peer_reply(peer,
		   json_pack("{s:s, s:O, s:o, s:o, s:I, s:I}", "version", XDPD_VERSION, "devices",
			     devices, "changes", encode_changes(stats), "durations",
			     encode_durations(stats), "durations_usec", (json_int_t)stats->usec,
			     "restored", (json_int_t)stats->n_restored));
	return 0;
}
