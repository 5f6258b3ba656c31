// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/state/device-record.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/kernel/component/restore.h"
#include "daemon/kernel/netdev-match.h"
#include "daemon/linkers/codegen/join.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"
#include "daemon/state/rollback.h"
#include "daemon/state/setting-owners.h"

#include <stdio.h>
#include <string.h>

static int bad(const char *what, struct error *error)
{
	return error_set(error, ERROR_BAD_STATE, -EBADMSG, "%s", what);
}

/* jansson's sentence says where it is wrong, and how. */
#define UNPACK(json, error, ...)                                                    \
	({                                                                          \
		json_error_t unpack_error;                                          \
		json_unpack_ex((json_t *)(json), &unpack_error, 0, __VA_ARGS__) < 0 \
			? bad(unpack_error.text, error)                             \
			: 0;                                                        \
	})

static int decode_verdicts(const json_t *list, verdict_set *ret, struct error *error)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		const char *name = json_string_value(item);
		enum verdict verdict;

		if (!name || !verdict_parse(name, strlen(name), &verdict))
			return bad("invalid verdict in a list of verdicts", error);
		*ret |= VERDICT_BIT(verdict);
	}
	return json_is_array(list) ? 0 : bad("a set of verdicts is not a list", error);
}

static int decode_loaded(const json_t *json, struct component_record *ret, struct error *error)
{
	const json_t *stack, *item;
	const char *no_extension = "";
	json_int_t processed;
	int id, frags, has_frags = -1;
	int result = UNPACK(json, error, "{s:i, s:b, s?b, s?s, s:I, s:o}", "id", &id, "frags",
			    &frags, "has_frags", &has_frags, "no_extension", &no_extension,
			    "processed", &processed, "stack", &stack);
	size_t i;

	if (result < 0)
		return result;
	if (!json_is_array(stack) || json_array_size(stack) > VERIFIER_FUNCTIONS_MAX)
		return bad("'stack' is not a list, or is too long", error);
	ret->id = id;
	ret->frags = frags;
	ret->has_frags = has_frags >= 0 ? has_frags : frags; /* an earlier xdpd did not write it */
	snprintf(ret->no_extension, sizeof(ret->no_extension), "%s", no_extension);
	ret->work.processed = processed;
	json_array_foreach(stack, i, item)
		ret->work.stack[ret->work.n_functions++] = json_integer_value(item);
	return 0;
}

static int copy(const char *text, char **ret, struct error *error)
{
	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? error_memory(error) : 0;
}

static bool is_digest(const char *text)
{
	return strlen(text) == SHA256_TEXT_SIZE - 1 &&
	       strspn(text, "0123456789abcdef") == SHA256_TEXT_SIZE - 1;
}

static int decode_libraries(const json_t *list, struct component_spec *spec, struct error *error)
{
	const json_t *item;
	int result = 0;
	size_t i;

	json_array_foreach(list, i, item)
	{
		const char *object, *label;

		if (result == 0)
			result = UNPACK(item, error, "{s:s, s:s}", "object", &object, "label",
					&label);
		if (result == 0 && !is_digest(object))
			result = bad("a library has an invalid digest", error);
		if (result == 0)
			result = component_spec_add_library(spec, object, label, error);
	}
	return result;
}

static int decode_shares(const json_t *list, struct map_shares *shares, struct error *error)
{
	const json_t *item;
	int result = 0;
	size_t i;

	json_array_foreach(list, i, item)
	{
		const char *name, *from;
		json_int_t owner;

		if (result == 0)
			result = UNPACK(item, error, "{s:s, s:s, s:I}", "map", &name, "from", &from,
					"owner", &owner);
		if (result == 0 && map_shares_add(shares, name, from, owner) < 0)
			result = bad("invalid entry in 'share_maps'", error);
	}
	return result;
}

static int decode_map_permissions(const json_t *json, struct map_permissions *ret,
				  struct error *error)
{
	json_int_t uid = 0, gid = 0, mode = -1;
	const char *user = NULL, *group = NULL;
	int result = 0;

	if (json)
		result = UNPACK(json, error, "{s?s, s?I, s?s, s?I, s?I}", "user", &user, "uid",
				&uid, "group", &group, "gid", &gid, "mode", &mode);
	if (result < 0)
		return result;
	if (uid < 0 || uid >= USER_GROUP_NONE || gid < 0 || gid >= USER_GROUP_NONE || mode < -1 ||
	    mode > 0666)
		return bad("invalid value in 'map_rights'", error);
	ret->uid = uid;
	ret->gid = gid;
	ret->has_mode = mode >= 0;
	ret->mode = ret->has_mode ? mode : 0;
	return copy(user, &ret->user, error) ?: copy(group, &ret->group, error);
}

/* Decodes the optional parts of an entry. */
static int decode_parts(const json_t *json, struct entry *ret, struct component_record *ret_loaded,
			struct error *error)
{
	const json_t *allow = json_object_get(json, "allow_verdicts");
	const json_t *set = json_object_get(json, "set");
	const json_t *loaded = json_object_get(json, "loaded");
	const char *slot = json_string_value(json_object_get(json, "slot"));
	const char *lease = json_string_value(json_object_get(json, "lease"));
	verdict_set allowed = 0;
	int result = decode_libraries(json_object_get(json, "libraries"), &ret->spec, error)
			     ?: component_spec_set_slot(&ret->spec, slot, error);

	ret->parked = json_is_true(json_object_get(json, "parked"));
	if (json_is_true(json_object_get(json, "while_connected")))
		ret->lease = lease ? lease_parse(lease) : LEASE_ENDED;
	ret->spec.devbound = json_is_true(json_object_get(json, "devbound"));
	ret->spec.restricted = json_is_true(json_object_get(json, "restricted"));

	if (result == 0 && allow)
		result = decode_verdicts(allow, &allowed, error);
	if (allow)
		ret->settings.forbidden = VERDICTS_ALL & ~VERDICT_BIT(VERDICT_ABORTED) & ~allowed;
	if (result == 0 && set && !strings_decode(set, &ret->spec.values))
		result = bad("'set' is not a list of strings", error);
	if (result == 0)
		result = decode_shares(json_object_get(json, "share_maps"), &ret->spec.shares,
				       error);
	if (result == 0)
		result = decode_map_permissions(json_object_get(json, "map_rights"),
						&ret->map_permissions, error);
	if (result == 0 && loaded)
		result = decode_loaded(loaded, ret_loaded, error);
	return result;
}

static int decode_entry(const json_t *json, struct entry *ret, struct component_record *ret_loaded,
			struct error *error)
{
	const char *name, *owner = NULL, *on_failure, *object = NULL, *label, *program;
	const char *failure = NULL;
	const json_t *proceed, *counters;
	json_int_t id;
	int priority;
	int result = UNPACK(json, error, "{s:I, s:s, s?s, s:i, s:o, s:s, s?s, s:s, s:s, s?s, s:o}",
			    "id", &id, "name", &name, "owner", &owner, "priority", &priority,
			    "proceed_on", &proceed, "on_failure", &on_failure, "object", &object,
			    "label", &label, "program", &program, "failure", &failure, "counters",
			    &counters);

	if (result < 0)
		return result;
	ret->id = id;
	ret->settings.priority = priority;
	ret->settings.on_failure = on_failure_from_name(on_failure);
	if (priority < 0 || priority > PRIORITY_MAX ||
	    ret->settings.on_failure == ON_FAILURE_COUNT || (object && !is_digest(object)) ||
	    !component_stats_decode(counters, &ret->total))
		return bad("a component has an invalid priority, on_failure, object or counters",
			   error);
	strcpy(ret->spec.sha256, object ?: "");
	result = decode_verdicts(proceed, &ret->settings.proceed, error)
			 ?: copy(name, &ret->name, error) ?: copy(owner, &ret->owner, error)
			 ?: copy(label, &ret->spec.label, error)
			 ?: copy(program, &ret->spec.program, error)
			 ?: copy(failure, &ret->failure, error);
	return result < 0 ? result : decode_parts(json, ret, ret_loaded, error);
}

static void generation_record_drop(struct generation_record **p)
{
	struct generation_record *record = steal(*p);

	for (size_t i = 0; record && i < record->n_members; i++)
		free(record->members[i].why);
	if (record)
		free((char *)record->made_by);
	free(record);
}

static int decode_member(const json_t *json, struct member *ret, struct error *error)
{
	const char *join, *why = NULL;
	json_int_t id;
	int result = UNPACK(json, error, "{s:I, s:s, s?s}", "id", &id, "join", &join, "why", &why);

	if (result < 0)
		return result;
	ret->id = id;
	ret->join = join_from_name(join);
	if (ret->join == JOIN_COUNT)
		return bad("unknown kind of join", error);
	return copy(why, &ret->why, error);
}

static int decode_generation(const json_t *json, struct generation_record **ret,
			     struct error *error)
{
	cleanup(generation_record_drop) struct generation_record *record = calloc(1,
										  sizeof(*record));
	const json_t *members, *member;
	json_int_t number, listed_as = 0;
	const char *linker;
	int result;
	size_t i;

	if (!record)
		return error_memory(error);
	result = UNPACK(json, error, "{s:s, s:I, s?I, s:o}", "linker", &linker, "number", &number,
			"listed_as", &listed_as, "members", &members);
	if (result == 0)
		result = copy(linker, (char **)&record->made_by, error);
	if (result == 0 && (!json_is_array(members) || json_array_size(members) > ROOTLET_SLOTS))
		result = bad("the members of a generation are missing, or too many", error);
	if (result < 0)
		return result;
	record->number = number;
	record->listed_as = listed_as;
	json_array_foreach(members, i, member)
	{
		result = decode_member(member, &record->members[i], error);
		if (result < 0)
			return result;
		record->n_members++;
	}
	*ret = steal(record);
	return 0;
}

/* The policy follows the components. */
static int decode_policy(const json_t *json, struct chain *ret, struct component_record *loaded,
			 struct error *error)
{
	if (!json)
		return 0;
	ret->policy = calloc(1, sizeof(*ret->policy));
	if (!ret->policy)
		return error_memory(error);
	return decode_entry(json, ret->policy, &loaded[ret->n_entries], error);
}

static int decode_components(const json_t *list, struct chain *ret,
			     struct component_record **ret_loaded, struct error *error)
{
	size_t count = json_array_size(list);
	const json_t *item;
	size_t i;

	if (!json_is_array(list))
		return bad("'components' is not a list", error);
	if (count > ROOTLET_SLOTS)
		return bad("there are more components than a device can have", error);
	ret->entries = calloc(count + 1, sizeof(*ret->entries));
	*ret_loaded = calloc(count + 1, sizeof(**ret_loaded));
	if (!ret->entries || !*ret_loaded)
		return error_memory(error);
	json_array_foreach(list, i, item)
	{
		int result;

		ret->n_entries++;
		result = decode_entry(item, &ret->entries[i], &(*ret_loaded)[i], error);
		if (result < 0)
			return result;
	}
	return 0;
}

static int decode_setting_owners(const json_t *list, struct device_config *ret, struct error *error)
{
	if (list && (!strings_decode(list, &ret->owners) ||
		     setting_owners_check(&ret->owners, NULL, NULL) < 0))
		return bad("invalid 'setting_owners'", error);
	return 0;
}

static int decode_rollback(const json_t *json, struct device_record *record, struct error *error)
{
	struct rollback *rollback = calloc(1, sizeof(*rollback));
	json_int_t change, until;
	int was_ours, released, suspended = false;
	const char *mode = xdp_mode_name(record->config.mode), *match = NULL, *interop = NULL;
	const json_t *components, *before = NULL;
	int result;

	record->rollback = rollback;
	if (!rollback)
		return error_memory(error);
	result = UNPACK(json, error, "{s:I, s:I, s:b, s:b, s?s, s?s, s?s, s?b, s?o, s:o}", "change",
			&change, "until", &until, "was_ours", &was_ours, "released", &released,
			"mode", &mode, "interop", &interop, "match", &match, "suspended",
			&suspended, "before", &before, "components", &components);
	if (result < 0)
		return result;
	rollback->change = change;
	rollback->until = until;
	rollback->was_ours = was_ours;
	rollback->released = released;
	rollback->config.interop = interop && !strcmp(interop, INTEROP_NAME);
	rollback->config.suspended = suspended;
	rollback->config.mode = xdp_mode_from_name(mode);
	if (until < 0 || rollback->config.mode == MODE_COUNT ||
	    (match && netdev_match_check(match, NULL) < 0))
		return bad("the unconfirmed change has an invalid time, mode or match", error);
	return copy(match, &rollback->config.match, error)
		       ?: decode_setting_owners(json_object_get(json, "setting_owners"),
						&rollback->config, error)
		       ?: decode_components(components, &rollback->chain,
					    &record->rollback_loaded, error)
		       ?: decode_policy(json_object_get(json, "policy"), &rollback->chain,
					record->rollback_loaded, error)
		       ?: before ? decode_generation(before, &record->before, error) : 0;
}

static int decode_running(const json_t *json, struct device_record *record, struct error *error)
{
	const json_t *live = NULL, *retiring = NULL;
	const char *boot;
	int ifindex;
	int result = UNPACK(json, error, "{s:s, s:i, s?i, s?o, s?o}", "boot", &boot, "ifindex",
			    &ifindex, "attach_type", &record->attach_type, "live", &live,
			    "retiring", &retiring);

	if (result < 0)
		return result;
	record->ifindex = ifindex;
	result = copy(boot, &record->boot, error);
	if (result == 0 && live)
		result = decode_generation(live, &record->live, error);
	if (result == 0 && retiring)
		result = decode_generation(retiring, &record->retiring, error);
	return result;
}

static int decode(const json_t *json, struct device_record *record, struct error *error)
{
	const json_t *components, *running, *rollback = NULL;
	json_int_t number, generation, last_id;
	const char *ifname, *mode, *netns = NULL, *match = NULL, *interop = NULL;
	int suspended = false;
	int result = UNPACK(json, error,
			    "{s:I, s:s, s?s, s?s, s:s, s?s, s?b, s:I, s:I, s:o, s?o, s:o}",
			    "number", &number, "ifname", &ifname, "netns", &netns, "match", &match,
			    "mode", &mode, "interop", &interop, "suspended", &suspended,
			    "generation", &generation, "last_id", &last_id, "components",
			    &components, "unconfirmed", &rollback, "running", &running);

	if (result < 0)
		return result;
	record->number = number;
	record->config.mode = xdp_mode_from_name(mode);
	record->config.interop = interop && !strcmp(interop, INTEROP_NAME);
	record->config.suspended = suspended;
	record->generation = generation;
	record->chain.last_id = last_id;
	if (record->config.mode == MODE_COUNT || !*ifname ||
	    (match && netdev_match_check(match, NULL) < 0))
		return bad("the device has an invalid mode, name or match", error);
	result = copy(ifname, &record->ifname, error)
			 ?: copy(netns, &record->netns, error)
			 ?: copy(match, &record->config.match, error)
			 ?: decode_setting_owners(json_object_get(json, "setting_owners"),
						  &record->config, error)
			 ?: decode_components(components, &record->chain, &record->loaded, error)
			 ?: decode_policy(json_object_get(json, "policy"), &record->chain,
					  record->loaded, error)
			 ?: decode_running(running, record, error);
	if (result == 0 && rollback)
		result = decode_rollback(rollback, record, error);
	return result;
}

int device_record_decode(const json_t *json, struct device_record *ret, struct error *error)
{
	struct device_record record = { .attach_type = -1 };
	int format, result;

	result = UNPACK(json, error, "{s:i}", "format", &format);
	if (result < 0)
		return result;
	if (format > DEVICE_RECORD_FORMAT)
		return error_set(error, ERROR_UNSUPPORTED, -EPROTONOSUPPORT,
				 "its format is %d; this xdpd supports formats up to %d", format,
				 DEVICE_RECORD_FORMAT);
	result = decode(json, &record, error);
	if (result < 0)
		device_record_done(&record);
	else
		*ret = record;
	return result;
}

void device_record_done(struct device_record *record)
{
	free(record->ifname);
	free(record->netns);
	device_config_done(&record->config);
	chain_done(&record->chain);
	rollback_drop(&record->rollback);
	free(record->rollback_loaded);
	free(record->boot);
	free(record->loaded);
	generation_record_drop(&record->before);
	generation_record_drop(&record->live);
	generation_record_drop(&record->retiring);
	*record = (struct device_record){};
}
