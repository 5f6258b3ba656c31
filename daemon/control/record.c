/*
 * Writing and reading of one format, in one file, so that a field that only one of them knows is seen.
 */
#include "daemon/control/record.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/control/registry.h"
#include "daemon/control/unconfirmed.h"
#include "daemon/kernel/match.h"

#include <string.h>

static json_t *encode_loaded(const struct component *component)
{
	json_t *stack = json_array();

	for (size_t i = 0; i < component->work.n_functions; i++)
		json_array_append_new(stack, json_integer(component->work.stack[i]));
	return json_pack("{s:i, s:b, s:I, s:o}", "id", component->id, "frags", component->frags,
			 "processed", (json_int_t)component->work.processed, "stack", stack);
}

/* NULL without any. */
static json_t *encode_libraries(const struct recipe *recipe)
{
	json_t *list = recipe->n_libraries ? json_array() : NULL;

	for (size_t i = 0; i < recipe->n_libraries; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:o}", "object", recipe->libraries[i].sha256,
						"label", text_encode(recipe->libraries[i].label)));
	return list;
}

/* NULL: it shares nothing. */
static json_t *encode_shares(const struct map_shares *shares)
{
	json_t *list = shares->n_items ? json_array() : NULL;

	for (size_t i = 0; i < shares->n_items; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:o, s:I}", "map", shares->items[i].name,
						"from", text_encode(shares->items[i].from), "owner",
						(json_int_t)shares->items[i].owner));
	return list;
}

/* NULL: nobody has said who may open its maps. */
static json_t *encode_map_rights(const struct map_rights *rights)
{
	if (!rights->user && !rights->group && !rights->has_mode)
		return NULL;
	return json_pack("{s:o*, s:o*, s:o*, s:o*, s:o*}", "user",
			 rights->user ? text_encode(rights->user) : NULL, "uid",
			 rights->user ? json_integer(rights->uid) : NULL, "group",
			 rights->group ? text_encode(rights->group) : NULL, "gid",
			 rights->group ? json_integer(rights->gid) : NULL, "mode",
			 rights->has_mode ? json_integer(rights->mode) : NULL);
}

/* Adds a part that an entry may do without; NULL stays NULL, and is what comes of no memory. */
static json_t *with_part(json_t *json, const char *name, json_t *part)
{
	if (!part || json_object_set_new(json, name, part) == 0)
		return json;
	json_decref(json);
	return NULL;
}

static json_t *encode_entry(const struct entry *entry)
{
	json_t *json = json_pack(
		"{s:I, s:s, s:i, s:o, s:s, s:s*, s:o, s:s, s:s*, s:o}", "id", (json_int_t)entry->id,
		"name", entry->name, "priority", entry->priority, "proceed_on",
		verdicts_encode(entry->proceed), "on_failure", on_failure_name(entry->on_failure),
		"object", *entry->recipe.sha256 ? entry->recipe.sha256 : NULL, "label",
		text_encode(entry->recipe.label), "program", entry->recipe.program, "failure",
		entry->failure, "counters", tally_encode(&entry->total));

	if (entry->forbidden)
		json = with_part(json, "allow_verdicts",
				 verdicts_encode(VERDICTS_ALL & ~entry->forbidden));
	json = with_part(json, "libraries", encode_libraries(&entry->recipe));
	json = with_part(json, "set", strings_encode(&entry->recipe.values));
	json = with_part(json, "share_maps", encode_shares(&entry->recipe.shares));
	json = with_part(json, "map_rights", encode_map_rights(&entry->map_rights));
	if (entry->recipe.slot)
		json = with_part(json, "slot", json_string(entry->recipe.slot));
	if (entry->recipe.devbound)
		json = with_part(json, "devbound", json_true());
	if (entry->parked)
		json = with_part(json, "parked", json_true());
	if (entry->component)
		json = with_part(json, "loaded", encode_loaded(entry->component));
	return json;
}

static json_t *encode_generation(const struct generation *generation)
{
	json_t *members = json_array();

	for (size_t i = 0; i < generation->n_members; i++) {
		const struct member *member = &generation->members[i];

		json_array_append_new(
			members, json_pack("{s:I, s:s, s:s*}", "id", (json_int_t)member->id, "join",
					   join_name(member->join), "why", member->why));
	}
	return json_pack("{s:s, s:I, s:o*, s:o}", "linker", generation->made_by->name, "number",
			 (json_int_t)generation->number, "listed_as",
			 generation->listed_as ? json_integer(generation->listed_as) : NULL,
			 "members", members);
}

static json_t *encode_components(const struct chain *chain)
{
	json_t *components = json_array();

	for (size_t i = 0; i < chain->n_entries; i++)
		json_array_append_new(components, encode_entry(&chain->entries[i]));
	return components;
}

/* NULL, without one. */
static json_t *encode_policy(const struct chain *chain)
{
	return chain->policy ? encode_entry(chain->policy) : NULL;
}

static json_t *encode_unconfirmed(const struct unconfirmed *unconfirmed)
{
	if (!unconfirmed)
		return NULL;
	return json_pack("{s:I, s:I, s:b, s:b, s:s, s:s*, s:s*, s:o*, s:o}", "change",
			 (json_int_t)unconfirmed->change, "until", (json_int_t)unconfirmed->until,
			 "was_ours", unconfirmed->was_ours, "released", unconfirmed->released,
			 "mode", mode_name(unconfirmed->mode), "interop",
			 unconfirmed->interop ? INTEROP_NAME : NULL, "match", unconfirmed->match,
			 "policy", encode_policy(&unconfirmed->chain), "components",
			 encode_components(&unconfirmed->chain));
}

static bool concerns_policies(const struct chain *chain)
{
	bool concerned = chain->policy;

	for (size_t i = 0; !concerned && i < chain->n_entries; i++)
		concerned = chain->entries[i].parked;
	return concerned;
}

/* The oldest that has all of it. */
static int choose_format(const struct record_view *view)
{
	if (concerns_policies(view->chain) ||
	    (view->unconfirmed && concerns_policies(&view->unconfirmed->chain)))
		return 3;
	return view->unconfirmed ? 2 : 1;
}

char *record_encode(const struct record_view *view, const char *boot)
{
	cleanup(json_decrefp) json_t *record = json_pack(
		"{s:i, s:I, s:o, s:o*, s:s*, s:s, s:s*, s:I, s:I, s:o*, s:o, s:o*, s:{s:s, s:i, "
		"s:i, "
		"s:o*, s:o*}}",
		"format", choose_format(view), "number", (json_int_t)view->number, "ifname",
		text_encode(view->ifname), "netns", view->netns ? text_encode(view->netns) : NULL,
		"match", view->match, "mode", mode_name(view->mode), "interop",
		view->interop ? INTEROP_NAME : NULL, "generation", (json_int_t)view->generation,
		"last_id", (json_int_t)view->chain->last_id, "policy", encode_policy(view->chain),
		"components", encode_components(view->chain), "unconfirmed",
		encode_unconfirmed(view->unconfirmed), "running", "boot", boot, "attach_type",
		view->attach_type, "ifindex", view->ifindex, "live",
		view->live ? encode_generation(view->live) : NULL, "retiring",
		view->retiring ? encode_generation(view->retiring) : NULL);

	return record ? json_dumps(record, JSON_INDENT(1)) : NULL;
}

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
			return bad("something in a list of verdicts is none", error);
		*ret |= VERDICT_BIT(verdict);
	}
	return json_is_array(list) ? 0 : bad("what should be verdicts is no list", error);
}

static int decode_loaded(const json_t *json, struct component_record *ret, struct error *error)
{
	const json_t *stack, *item;
	json_int_t processed;
	int id, frags;
	int result = UNPACK(json, error, "{s:i, s:b, s:I, s:o}", "id", &id, "frags", &frags,
			    "processed", &processed, "stack", &stack);
	size_t i;

	if (result < 0)
		return result;
	if (!json_is_array(stack) || json_array_size(stack) > VERIFIER_FUNCTIONS_MAX)
		return bad("stack is no list, or too long", error);
	ret->id = id;
	ret->frags = frags;
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

static int decode_libraries(const json_t *list, struct recipe *recipe, struct error *error)
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
			result = bad("a library's object is none", error);
		if (result == 0)
			result = recipe_add_library(recipe, object, label, error);
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
			result = bad("something in share_maps shares nothing", error);
	}
	return result;
}

static int decode_map_rights(const json_t *json, struct map_rights *ret, struct error *error)
{
	json_int_t uid = 0, gid = 0, mode = -1;
	const char *user = NULL, *group = NULL;
	int result = 0;

	if (json)
		result = UNPACK(json, error, "{s?s, s?I, s?s, s?I, s?I}", "user", &user, "uid",
				&uid, "group", &group, "gid", &gid, "mode", &mode);
	if (result < 0)
		return result;
	if (uid < 0 || uid >= ACCOUNT_NONE || gid < 0 || gid >= ACCOUNT_NONE || mode < -1 ||
	    mode > 0666)
		return bad("something in map_rights is none", error);
	ret->uid = uid;
	ret->gid = gid;
	ret->has_mode = mode >= 0;
	ret->mode = ret->has_mode ? mode : 0;
	return copy(user, &ret->user, error) ?: copy(group, &ret->group, error);
}

/* What an entry may do without. */
static int decode_parts(const json_t *json, struct entry *ret, struct component_record *ret_loaded,
			struct error *error)
{
	const json_t *allow = json_object_get(json, "allow_verdicts");
	const json_t *set = json_object_get(json, "set");
	const json_t *loaded = json_object_get(json, "loaded");
	const char *slot = json_string_value(json_object_get(json, "slot"));
	verdict_set allowed = 0;
	int result = decode_libraries(json_object_get(json, "libraries"), &ret->recipe, error)
			     ?: recipe_set_slot(&ret->recipe, slot, error);

	ret->parked = json_is_true(json_object_get(json, "parked"));
	ret->recipe.devbound = json_is_true(json_object_get(json, "devbound"));

	if (result == 0 && allow)
		result = decode_verdicts(allow, &allowed, error);
	if (allow)
		ret->forbidden = VERDICTS_ALL & ~VERDICT_BIT(VERDICT_ABORTED) & ~allowed;
	if (result == 0 && set && !strings_decode(set, &ret->recipe.values))
		result = bad("set is no list of names and values", error);
	if (result == 0)
		result = decode_shares(json_object_get(json, "share_maps"), &ret->recipe.shares,
				       error);
	if (result == 0)
		result = decode_map_rights(json_object_get(json, "map_rights"), &ret->map_rights,
					   error);
	if (result == 0 && loaded)
		result = decode_loaded(loaded, ret_loaded, error);
	return result;
}

static int decode_entry(const json_t *json, struct entry *ret, struct component_record *ret_loaded,
			struct error *error)
{
	const char *name, *on_failure, *object = NULL, *label, *program, *failure = NULL;
	const json_t *proceed, *counters;
	json_int_t id;
	int priority;
	int result = UNPACK(json, error, "{s:I, s:s, s:i, s:o, s:s, s?s, s:s, s:s, s?s, s:o}", "id",
			    &id, "name", &name, "priority", &priority, "proceed_on", &proceed,
			    "on_failure", &on_failure, "object", &object, "label", &label,
			    "program", &program, "failure", &failure, "counters", &counters);

	if (result < 0)
		return result;
	ret->id = id;
	ret->priority = priority;
	ret->on_failure = on_failure_from_name(on_failure);
	if (priority < 0 || priority > PRIORITY_MAX || ret->on_failure == ON_FAILURE_COUNT ||
	    (object && !is_digest(object)) || !tally_decode(counters, &ret->total))
		return bad("a component's priority, on_failure, object or counters are none",
			   error);
	strcpy(ret->recipe.sha256, object ?: "");
	result = decode_verdicts(proceed, &ret->proceed, error)
			 ?: copy(name, &ret->name, error) ?: copy(label, &ret->recipe.label, error)
			 ?: copy(program, &ret->recipe.program, error)
			 ?: copy(failure, &ret->failure, error);
	return result < 0 ? result : decode_parts(json, ret, ret_loaded, error);
}

static void generation_record_drop(struct generation_record **slot)
{
	struct generation_record *record = steal(*slot);

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
		return bad("a join is none", error);
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
		result = bad("a generation has no members, or too many", error);
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

/* Its place is behind the components. */
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
		return bad("components is no list", error);
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

static int decode_unconfirmed(const json_t *json, struct record *record, struct error *error)
{
	struct unconfirmed *unconfirmed = calloc(1, sizeof(*unconfirmed));
	json_int_t change, until;
	int was_ours, released;
	const char *mode = mode_name(record->mode), *match = NULL, *interop = NULL;
	const json_t *components;
	int result;

	record->unconfirmed = unconfirmed;
	if (!unconfirmed)
		return error_memory(error);
	result = UNPACK(json, error, "{s:I, s:I, s:b, s:b, s?s, s?s, s?s, s:o}", "change", &change,
			"until", &until, "was_ours", &was_ours, "released", &released, "mode",
			&mode, "interop", &interop, "match", &match, "components", &components);
	if (result < 0)
		return result;
	unconfirmed->change = change;
	unconfirmed->until = until;
	unconfirmed->was_ours = was_ours;
	unconfirmed->released = released;
	unconfirmed->interop = interop && !strcmp(interop, INTEROP_NAME);
	unconfirmed->mode = mode_from_name(mode);
	if (until < 0 || unconfirmed->mode == MODE_COUNT || (match && match_check(match, NULL) < 0))
		return bad("the time, the mode or the match of what is unconfirmed is none", error);
	return copy(match, &unconfirmed->match, error)
		       ?: decode_components(components, &unconfirmed->chain,
					    &record->unconfirmed_loaded, error)
		       ?: decode_policy(json_object_get(json, "policy"), &unconfirmed->chain,
					record->unconfirmed_loaded, error);
}

static int decode_running(const json_t *json, struct record *record, struct error *error)
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

static int decode(const json_t *json, struct record *record, struct error *error)
{
	const json_t *components, *running, *unconfirmed = NULL;
	json_int_t number, generation, last_id;
	const char *ifname, *mode, *netns = NULL, *match = NULL, *interop = NULL;
	int result = UNPACK(json, error, "{s:I, s:s, s?s, s?s, s:s, s?s, s:I, s:I, s:o, s?o, s:o}",
			    "number", &number, "ifname", &ifname, "netns", &netns, "match", &match,
			    "mode", &mode, "interop", &interop, "generation", &generation,
			    "last_id", &last_id, "components", &components, "unconfirmed",
			    &unconfirmed, "running", &running);

	if (result < 0)
		return result;
	record->number = number;
	record->mode = mode_from_name(mode);
	record->interop = interop && !strcmp(interop, INTEROP_NAME);
	record->generation = generation;
	record->chain.last_id = last_id;
	if (record->mode == MODE_COUNT || !*ifname || (match && match_check(match, NULL) < 0))
		return bad("the mode, the name or the match of the device is none", error);
	result = copy(ifname, &record->ifname, error)
			 ?: copy(netns, &record->netns, error)
			 ?: copy(match, &record->match, error)
			 ?: decode_components(components, &record->chain, &record->loaded, error)
			 ?: decode_policy(json_object_get(json, "policy"), &record->chain,
					  record->loaded, error)
			 ?: decode_running(running, record, error);
	if (result == 0 && unconfirmed)
		result = decode_unconfirmed(unconfirmed, record, error);
	return result;
}

int record_decode(const json_t *json, struct record *ret, struct error *error)
{
	struct record record = { .attach_type = -1 };
	int format, result;

	result = UNPACK(json, error, "{s:i}", "format", &format);
	if (result < 0)
		return result;
	if (format > RECORD_FORMAT)
		return error_set(error, ERROR_UNSUPPORTED, -EPROTONOSUPPORT,
				 "it has format %d, and this xdpd knows formats up to %d", format,
				 RECORD_FORMAT);
	result = decode(json, &record, error);
	if (result < 0)
		record_done(&record);
	else
		*ret = record;
	return result;
}

void record_done(struct record *record)
{
	free(record->ifname);
	free(record->netns);
	free(record->match);
	chain_done(&record->chain);
	unconfirmed_drop(&record->unconfirmed);
	free(record->unconfirmed_loaded);
	free(record->boot);
	free(record->loaded);
	generation_record_drop(&record->live);
	generation_record_drop(&record->retiring);
	*record = (struct record){};
}
