// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/state/device-record.h"

#include "base/cleanup.h"
#include "base/json-writer.h"
#include "daemon/kernel/component/restore.h"
#include "daemon/linkers/codegen/join.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"
#include "daemon/state/rollback.h"

#include <string.h>

static void write_loaded(struct json_writer *writer, const struct component *component)
{
	json_writer_open(writer, "loaded", '{');
	json_writer_number(writer, "id", component->id);
	json_writer_boolean(writer, "frags", component->frags);
	json_writer_boolean(writer, "has_frags", component->has_frags);
	if (component->no_extension)
		json_writer_string(writer, "no_extension", component->no_extension);
	json_writer_number(writer, "processed", component->work.processed);
	json_writer_open(writer, "stack", '[');
	for (size_t i = 0; i < component->work.n_functions; i++)
		json_writer_number(writer, NULL, component->work.stack[i]);
	json_writer_close(writer, ']');
	json_writer_close(writer, '}');
}

static void write_libraries(struct json_writer *writer, const struct component_spec *spec)
{
	json_writer_open(writer, "libraries", '[');
	for (size_t i = 0; i < spec->n_libraries; i++) {
		json_writer_open(writer, NULL, '{');
		json_writer_string(writer, "object", spec->libraries[i].sha256);
		json_writer_string(writer, "label", spec->libraries[i].label);
		json_writer_close(writer, '}');
	}
	json_writer_close(writer, ']');
}

static void write_strings(struct json_writer *writer, const char *name,
			  const struct strings *values)
{
	json_writer_open(writer, name, '[');
	for (size_t i = 0; i < values->n_items; i++)
		json_writer_string(writer, NULL, values->items[i]);
	json_writer_close(writer, ']');
}

static void write_shares(struct json_writer *writer, const struct map_shares *shares)
{
	json_writer_open(writer, "share_maps", '[');
	for (size_t i = 0; i < shares->n_items; i++) {
		json_writer_open(writer, NULL, '{');
		json_writer_string(writer, "map", shares->items[i].name);
		json_writer_string(writer, "from", shares->items[i].from);
		json_writer_number(writer, "owner", shares->items[i].owner);
		json_writer_close(writer, '}');
	}
	json_writer_close(writer, ']');
}

static void write_map_permissions(struct json_writer *writer, const struct map_permissions *rights)
{
	json_writer_open(writer, "map_rights", '{');
	json_writer_string(writer, "user", rights->user);
	if (rights->user)
		json_writer_number(writer, "uid", rights->uid);
	json_writer_string(writer, "group", rights->group);
	if (rights->group)
		json_writer_number(writer, "gid", rights->gid);
	if (rights->has_mode)
		json_writer_number(writer, "mode", rights->mode);
	json_writer_close(writer, '}');
}

/* Writes the optional parts of an entry. */
static void write_parts(struct json_writer *writer, const struct entry *entry)
{
	const struct component_spec *spec = &entry->spec;
	char lease[LEASE_TEXT_SIZE];

	if (entry->settings.forbidden)
		json_writer_verdicts(writer, "allow_verdicts",
				     VERDICTS_ALL & ~entry->settings.forbidden);
	if (spec->n_libraries)
		write_libraries(writer, spec);
	if (spec->values.n_items)
		write_strings(writer, "set", &spec->values);
	if (spec->shares.n_items)
		write_shares(writer, &spec->shares);
	if (map_permissions_are_said(&entry->map_permissions))
		write_map_permissions(writer, &entry->map_permissions);
	json_writer_string(writer, "slot", spec->slot);
	if (spec->devbound)
		json_writer_boolean(writer, "devbound", true);
	if (spec->restricted)
		json_writer_boolean(writer, "restricted", true);
	if (entry->parked)
		json_writer_boolean(writer, "parked", true);
	if (entry->lease)
		json_writer_boolean(writer, "while_connected", true);
	if (lease_has_key(entry->lease))
		json_writer_string(writer, "lease", lease_format(entry->lease, lease));
	if (entry->component)
		write_loaded(writer, entry->component);
}

static void write_entry(struct json_writer *writer, const char *name, const struct entry *entry)
{
	const struct component_spec *spec = &entry->spec;

	json_writer_open(writer, name, '{');
	json_writer_number(writer, "id", entry->id);
	json_writer_string(writer, "name", entry->name);
	json_writer_string(writer, "owner", entry->owner);
	json_writer_number(writer, "priority", entry->settings.priority);
	json_writer_verdicts(writer, "proceed_on", entry->settings.proceed);
	json_writer_string(writer, "on_failure", on_failure_name(entry->settings.on_failure));
	json_writer_string(writer, "object", *spec->sha256 ? spec->sha256 : NULL);
	json_writer_string(writer, "label", spec->label);
	json_writer_string(writer, "program", spec->program);
	json_writer_string(writer, "failure", entry->failure);
	component_stats_write(writer, "counters", &entry->total);
	write_parts(writer, entry);
	json_writer_close(writer, '}');
}

static void write_generation(struct json_writer *writer, const char *name,
			     const struct generation *generation)
{
	json_writer_open(writer, name, '{');
	json_writer_string(writer, "linker", generation->made_by->name);
	json_writer_number(writer, "number", generation->number);
	if (generation->listed_as)
		json_writer_number(writer, "listed_as", generation->listed_as);
	json_writer_open(writer, "members", '[');
	for (size_t i = 0; i < generation->n_members; i++) {
		const struct member *member = &generation->members[i];

		json_writer_open(writer, NULL, '{');
		json_writer_number(writer, "id", member->id);
		json_writer_string(writer, "join", join_name(member->join));
		json_writer_string(writer, "why", member->why);
		json_writer_close(writer, '}');
	}
	json_writer_close(writer, ']');
	json_writer_close(writer, '}');
}

static void write_chain(struct json_writer *writer, const struct chain *chain)
{
	if (chain->policy)
		write_entry(writer, "policy", chain->policy);
	json_writer_open(writer, "components", '[');
	for (size_t i = 0; i < chain->n_entries; i++)
		write_entry(writer, NULL, &chain->entries[i]);
	json_writer_close(writer, ']');
}

static void write_rollback(struct json_writer *writer, const struct rollback *rollback)
{
	json_writer_open(writer, "unconfirmed", '{');
	json_writer_number(writer, "change", rollback->change);
	json_writer_number(writer, "until", rollback->until);
	json_writer_boolean(writer, "was_ours", rollback->was_ours);
	json_writer_boolean(writer, "released", rollback->released);
	json_writer_string(writer, "mode", xdp_mode_name(rollback->config.mode));
	json_writer_string(writer, "interop", rollback->config.interop ? INTEROP_NAME : NULL);
	json_writer_string(writer, "match", rollback->config.match);
	if (rollback->config.owners.n_items)
		write_strings(writer, "setting_owners", &rollback->config.owners);
	if (rollback->config.suspended)
		json_writer_boolean(writer, "suspended", true);
	if (rollback->before)
		write_generation(writer, "before", rollback->before);
	write_chain(writer, &rollback->chain);
	json_writer_close(writer, '}');
}

static void write_running(struct json_writer *writer, const struct device_record_view *view,
			  const char *boot)
{
	json_writer_open(writer, "running", '{');
	json_writer_string(writer, "boot", boot);
	json_writer_number(writer, "attach_type", view->attach_type);
	json_writer_number(writer, "ifindex", view->ifindex);
	if (view->live)
		write_generation(writer, "live", view->live);
	if (view->retiring)
		write_generation(writer, "retiring", view->retiring);
	json_writer_close(writer, '}');
}

static bool concerns_policies(const struct chain *chain)
{
	bool concerned = chain->policy;

	for (size_t i = 0; !concerned && i < chain->n_entries; i++)
		concerned = chain->entries[i].parked;
	return concerned;
}

static bool has_owners(const struct device_config *config, const struct chain *chain)
{
	if (config->owners.n_items)
		return true;
	for (size_t i = 0; i < chain->n_entries; i++)
		if (chain->entries[i].owner)
			return true;
	return false;
}

static bool has_leases(const struct chain *chain)
{
	for (size_t i = 0; i < chain->n_entries; i++)
		if (chain->entries[i].lease)
			return true;
	return false;
}

/* Chooses the oldest format that can express the record. */
static int choose_format(const struct device_record_view *view)
{
	if (has_owners(&view->config, view->chain) ||
	    (view->rollback && has_owners(&view->rollback->config, &view->rollback->chain)))
		return 6;
	if (has_leases(view->chain) || (view->rollback && has_leases(&view->rollback->chain)))
		return 5;
	if (view->config.suspended || (view->rollback && view->rollback->config.suspended))
		return 4;
	if (concerns_policies(view->chain) ||
	    (view->rollback && concerns_policies(&view->rollback->chain)))
		return 3;
	return view->rollback ? 2 : 1;
}

char *device_record_encode(const struct device_record_view *view, const char *boot)
{
	struct json_writer writer = {};

	json_writer_open(&writer, NULL, '{');
	json_writer_number(&writer, "format", choose_format(view));
	json_writer_number(&writer, "number", view->number);
	json_writer_string(&writer, "ifname", view->ifname);
	json_writer_string(&writer, "netns", view->netns);
	json_writer_string(&writer, "match", view->config.match);
	json_writer_string(&writer, "mode", xdp_mode_name(view->config.mode));
	json_writer_string(&writer, "interop", view->config.interop ? INTEROP_NAME : NULL);
	if (view->config.suspended)
		json_writer_boolean(&writer, "suspended", true);
	if (view->config.owners.n_items)
		write_strings(&writer, "setting_owners", &view->config.owners);
	json_writer_number(&writer, "generation", view->generation);
	json_writer_number(&writer, "last_id", view->chain->last_id);
	write_chain(&writer, view->chain);
	if (view->rollback)
		write_rollback(&writer, view->rollback);
	write_running(&writer, view, boot);
	json_writer_close(&writer, '}');
	return json_writer_finish(&writer);
}
