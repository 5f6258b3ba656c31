// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The record of a device on disk: written, read again, and refused if it is wrong. */
#include "base/cleanup.h"
#include "bpf/counter-rows.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device-record.h"
#include "daemon/state/rollback.h"
#include "tests/unit/test.h"

#include <jansson.h>
#include <string.h>

#define SHA256 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct entry entries[] = {
	{ .id = 3,
	  .name = "fw",
	  .settings = { .priority = 65535,
			.proceed = VERDICT_BIT(VERDICT_PASS) | VERDICT_BIT(VERDICT_TX),
			.forbidden = VERDICT_BIT(VERDICT_TX) | VERDICT_BIT(VERDICT_REDIRECT),
			.on_failure = ON_FAILURE_DROP },
	  .spec.sha256 = SHA256,
	  .spec.label = "fw.o",
	  .spec.program = "filter",
	  .map_permissions = { .user = "alice", .uid = 1000, .has_mode = true, .mode = 0640 },
	  .spec.values = { 2, (char *[]){ "limit=7", "word=a=b" } },
	  .spec.shares = { 2, (struct map_share[]){ { "m", "lb:m", 9, -1 },
						    { "n", "pin:/x", 0, -1 } } },
	  .failure = "it \"failed\"",
	  .total = { .run = 7, .overruled = 1, .proceed = 5, .terminate = { 0, 2 } } },
	{ .id = 9,
	  .name = "lb",
	  .spec.sha256 = SHA256,
	  .spec.label = "b\xff.o",
	  .spec.program = "balance" },
};
static const struct chain chain = { array_size(entries), entries, 9 };

static struct generation ran_before = { .made_by = &linker_fused,
					.number = 11,
					.n_members = 1,
					.members = { { 3, JOIN_INLINED, NULL } } };

static struct rollback before = {
	.change = 8,
	.until = 123456789,
	.was_ours = true,
	.released = true,
	.config = { .mode = MODE_NATIVE, .interop = true, .match = "altname=uplink" },
	.chain = { array_size(entries), entries, 9 },
	.before = &ran_before,
};

static char *encode(void)
{
	struct generation live = { .made_by = &linker_fused,
				   .number = 12,
				   .listed_as = 7,
				   .n_members = 2,
				   .members = { { 3, JOIN_INLINED, NULL },
						{ 9, JOIN_CALLED, "it is so" } } };
	const struct device_record_view view = { .number = 4,
						 .ifname = "eth0",
						 .config = { .mode = MODE_SKB, .interop = true },
						 .generation = 13,
						 .chain = &chain,
						 .rollback = &before,
						 .ifindex = 2,
						 .live = &live };

	return device_record_encode(&view, "a boot");
}

static void a_written_value_is_read_back(void **state)
{
	cleanup(freep) char *text = encode();
	cleanup(json_decrefp) json_t *json = json_loads(text, 0, NULL);
	cleanup(device_record_done) struct device_record record = {};

	(void)state;
	assert_int_equal(device_record_decode(json, &record, NULL), 0);
	assert_int_equal(record.number, 4);
	assert_string_equal(record.ifname, "eth0");
	assert_string_equal(record.boot, "a boot");
	assert_int_equal(record.config.mode, MODE_SKB);
	assert_true(record.config.interop);
	assert_int_equal(record.generation, 13);
	assert_int_equal(record.ifindex, 2);
	assert_int_equal(record.chain.last_id, 9);
	assert_int_equal(record.chain.n_entries, 2);
	assert_string_equal(record.chain.entries[0].name, "fw");
	assert_string_equal(record.chain.entries[0].failure, "it \"failed\"");
	assert_string_equal(record.chain.entries[0].spec.sha256, SHA256);
	assert_int_equal(record.chain.entries[0].settings.priority, 65535);
	assert_int_equal(record.chain.entries[0].settings.proceed, entries[0].settings.proceed);
	assert_int_equal(record.chain.entries[0].settings.on_failure, ON_FAILURE_DROP);
	assert_int_equal(record.chain.entries[0].settings.forbidden, entries[0].settings.forbidden);
	assert_int_equal(record.chain.entries[1].settings.forbidden, 0);
	assert_string_equal(record.chain.entries[0].map_permissions.user, "alice");
	assert_int_equal(record.chain.entries[0].map_permissions.uid, 1000);
	assert_null(record.chain.entries[0].map_permissions.group);
	assert_true(record.chain.entries[0].map_permissions.has_mode);
	assert_int_equal(record.chain.entries[0].map_permissions.mode, 0640);
	assert_null(record.chain.entries[1].map_permissions.user);
	assert_false(record.chain.entries[1].map_permissions.has_mode);
	assert_true(strings_equal(&record.chain.entries[0].spec.values, &entries[0].spec.values));
	assert_int_equal(record.chain.entries[1].spec.values.n_items, 0);
	assert_true(
		map_shares_equal(&record.chain.entries[0].spec.shares, &entries[0].spec.shares));
	assert_int_equal(record.chain.entries[0].spec.shares.items[0].owner, 9);
	assert_memory_equal(&record.chain.entries[0].total, &entries[0].total,
			    sizeof(struct component_stats));
	assert_string_equal(record.chain.entries[1].spec.label, "b?.o");
	assert_null(record.chain.entries[1].failure);
	assert_int_equal(record.loaded[1].id, 0);
	assert_null(record.retiring);
	assert_string_equal(record.live->made_by, "fused");
	assert_int_equal(record.live->listed_as, 7);
	assert_int_equal(record.live->members[1].id, 9);
	assert_int_equal(record.live->members[1].join, JOIN_CALLED);
	assert_string_equal(record.live->members[1].why, "it is so");
}

/* A record that an older xdpd wrote counts as up to date. */
static void the_record_has_not_changed(void **state)
{
	cleanup(freep) char *text = encode();
	cleanup(json_decrefp) json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	cleanup(freep) char *dumped = json_dumps(json, JSON_INDENT(1));

	(void)state;
	assert_string_equal(text, dumped);
}

static int format_of(const struct device_record_view *view)
{
	cleanup(freep) char *text = device_record_encode(view, "a boot");
	cleanup(json_decrefp) json_t *json = json_loads(text, 0, NULL);

	return json_integer_value(json_object_get(json, "format"));
}

static void an_older_xdpd_refuses_only_records_that_it_would_misread(void **state)
{
	struct entry policy = entries[1];
	struct entry parked = entries[1];
	struct entry owned = entries[1];
	struct chain with_policy = { array_size(entries), entries, 9, &policy };
	struct chain with_parked = { 1, &parked, 9 };
	struct chain with_owner = { 1, &owned, 9 };
	struct device_record_view view = { .ifname = "eth0", .chain = &chain };

	(void)state;
	parked.parked = true;
	assert_int_equal(format_of(&view), 1);
	view.chain = &with_policy;
	assert_int_equal(format_of(&view), 3);
	view.chain = &with_parked;
	assert_int_equal(format_of(&view), 3);
	view.chain = &chain;
	view.rollback = &before;
	assert_int_equal(format_of(&view), 2);
	view.config.suspended = true;
	assert_int_equal(format_of(&view), 4);
	owned.owner = "web";
	view.chain = &with_owner;
	assert_int_equal(format_of(&view), 6);
	view.chain = &with_policy;
	view.config.owners = (struct strings){ 1, (char *[]){ "match=web" } };
	assert_int_equal(format_of(&view), 6);
}

static void a_suspended_device_is_read(void **state)
{
	const struct device_record_view view = {
		.number = 1, .ifname = "eth0", .config = { .suspended = true }, .chain = &chain
	};
	cleanup(freep) char *text = device_record_encode(&view, "a boot");
	cleanup(json_decrefp) json_t *json = json_loads(text, 0, NULL);
	cleanup(device_record_done) struct device_record record = {};

	(void)state;
	assert_int_equal(device_record_decode(json, &record, NULL), 0);
	assert_true(record.config.suspended);
}

static void policies_and_slots_are_read(void **state)
{
	struct entry policy = entries[1];
	struct entry fillers[] = { entries[0], entries[1] };
	const struct chain wanted = { 2, fillers, 9, &policy };
	const struct device_record_view view = { .ifname = "eth0", .chain = &wanted };
	cleanup(freep) char *text = NULL;
	cleanup(json_decrefp) json_t *json = NULL;
	cleanup(device_record_done) struct device_record record = {};

	(void)state;
	fillers[0].spec.slot = (char *)"on_tcp";
	fillers[1].spec.slot = (char *)"on_udp";
	fillers[1].spec.devbound = true;
	fillers[1].spec.restricted = true;
	fillers[1].parked = true;
	text = device_record_encode(&view, "a boot");
	json = json_loads(text, 0, NULL);
	assert_int_equal(device_record_decode(json, &record, NULL), 0);
	assert_string_equal(record.chain.policy->name, "lb");
	assert_null(record.chain.policy->spec.slot);
	assert_string_equal(record.chain.entries[0].spec.slot, "on_tcp");
	assert_string_equal(record.chain.entries[1].spec.slot, "on_udp");
	assert_false(record.chain.entries[0].spec.devbound);
	assert_true(record.chain.entries[1].spec.devbound);
	assert_false(record.chain.entries[0].spec.restricted);
	assert_true(record.chain.entries[1].spec.restricted);
	assert_true(record.chain.entries[1].parked && !record.chain.entries[0].parked);
	assert_int_equal(record.loaded[2].id, 0);
}

/* The lease of the first component after the record was written and read, with that text in between. */
static uint64_t read_lease(uint64_t lease, const char *replaced_by)
{
	struct entry entry = entries[1];
	const struct chain one = { 1, &entry, 9 };
	const struct device_record_view view = { .ifname = "eth0", .chain = &one };
	cleanup(device_record_done) struct device_record record = {};
	cleanup(json_decrefp) json_t *json = NULL;
	cleanup(freep) char *text = NULL;
	json_t *component;

	entry.lease = lease;
	text = device_record_encode(&view, "a boot");
	json = json_loads(text, 0, NULL);
	component = json_array_get(json_object_get(json, "components"), 0);
	if (replaced_by)
		json_object_set_new(component, "lease", json_string(replaced_by));
	assert_int_equal(device_record_decode(json, &record, NULL), 0);
	return record.chain.entries[0].lease;
}

static void only_a_lease_with_a_key_can_be_claimed_later(void **state)
{
	uint64_t lease = lease_number("0123456789abcdef");

	(void)state;
	assert_true(lease_has_key(lease));
	assert_true(lease != lease_number("0123456789abcdeg"));
	assert_true(read_lease(LEASE_NONE, NULL) == LEASE_NONE);
	assert_true(read_lease(lease, NULL) == lease);
	assert_true(read_lease(1, NULL) == LEASE_ENDED);
	assert_true(read_lease(LEASE_ENDED, NULL) == LEASE_ENDED);
	assert_true(read_lease(lease, "0000000000000001") == LEASE_ENDED);
	assert_true(read_lease(lease, "ffffffffffffffff") == LEASE_ENDED);
	assert_true(read_lease(lease, "-123456789abcdef") == LEASE_ENDED);
	assert_true(read_lease(lease, "8000") == LEASE_ENDED);
	assert_true(read_lease(lease, "") == LEASE_ENDED);
}

static void the_rollback_is_read(void **state)
{
	cleanup(freep) char *text = encode();
	cleanup(json_decrefp) json_t *json = json_loads(text, 0, NULL);
	cleanup(device_record_done) struct device_record record = {};

	(void)state;
	assert_int_equal(device_record_decode(json, &record, NULL), 0);
	assert_int_equal(record.rollback->change, 8);
	assert_int_equal(record.rollback->until, 123456789);
	assert_true(record.rollback->was_ours && record.rollback->released);
	assert_true(record.rollback->config.interop);
	assert_int_equal(record.rollback->config.mode, MODE_NATIVE);
	assert_string_equal(record.rollback->config.match, "altname=uplink");
	assert_int_equal(record.rollback->chain.n_entries, 2);
	assert_string_equal(record.rollback->chain.entries[1].name, "lb");
	assert_int_equal(record.rollback->chain.entries[0].total.run, 7);
	assert_int_equal(record.rollback_loaded[0].id, 0);
	assert_int_equal(record.before->number, 11);
	assert_int_equal(record.before->members[0].id, 3);
}

/* An older xdpd would keep the unconfirmed change for good. */
static void only_an_unconfirmed_change_needs_the_newer_format(void **state)
{
	const struct device_record_view view = { .ifname = "eth0", .chain = &chain };
	cleanup(freep) char *with = encode();
	cleanup(freep) char *without = device_record_encode(&view, "a boot");

	(void)state;
	assert_non_null(strstr(with, "\"format\": 2"));
	assert_non_null(strstr(without, "\"format\": 1"));
	assert_null(strstr(without, "unconfirmed"));
}

/* As written by an xdpd that had no such setting. */
static void without_the_setting_the_device_is_not_listed(void **state)
{
	const struct device_record_view view = { .ifname = "eth0", .chain = &chain };
	cleanup(freep) char *text = device_record_encode(&view, "a boot");
	cleanup(json_decrefp) json_t *json = json_loads(text, 0, NULL);
	cleanup(device_record_done) struct device_record record = {};

	(void)state;
	assert_null(strstr(text, "interop"));
	assert_int_equal(device_record_decode(json, &record, NULL), 0);
	assert_false(record.config.interop);
}

/*
 * Follows a path like "components.0.priority": returns the object with the value, and its name in `last`.
 */
static json_t *walk(json_t *json, const char *path, char *last, size_t size)
{
	for (;;) {
		size_t length = strcspn(path, ".");

		snprintf(last, size, "%.*s", (int)length, path);
		if (!path[length])
			return json;
		json = json_is_array(json) ? json_array_get(json, strtoul(last, NULL, 10))
					   : json_object_get(json, last);
		path += length + 1;
	}
}

static void anything_else_is_refused(void **state)
{
	static const struct {
		const char *path;
		const char *value;
	} changes[] = {
		{ "format", "\"one\"" },
		{ "number", "null" },
		{ "ifname", "5" },
		{ "ifname", "\"\"" },
		{ "mode", "\"sideways\"" },
		{ "generation", "[]" },
		{ "components", "{}" },
		{ "components.0.id", "\"x\"" },
		{ "components.0.name", "null" },
		{ "components.0.priority", "65536" },
		{ "components.0.priority", "-1" },
		{ "components.0.proceed_on", "\"pass\"" },
		{ "components.0.proceed_on", "[\"pass\", \"jump\"]" },
		{ "components.0.proceed_on", "[2]" },
		{ "components.0.allow_verdicts", "[\"jump\"]" },
		{ "components.0.set", "\"limit=7\"" },
		{ "components.0.set", "[7]" },
		{ "components.0.share_maps", "[7]" },
		{ "components.0.share_maps", "[{\"map\": \"m\", \"from\": \"m\", \"owner\": 0}]" },
		{ "components.0.on_failure", "\"cry\"" },
		{ "components.0.object", "\"../../etc/passwd\"" },
		{ "components.0.object", "\"0123\"" },
		{ "components.0.counters", "{\"run\": 1}" },
		{ "components.0.loaded", "[]" },
		{ "unconfirmed", "3" },
		{ "unconfirmed.until", "\"soon\"" },
		{ "unconfirmed.until", "-1" },
		{ "unconfirmed.was_ours", "null" },
		{ "unconfirmed.before", "3" },
		{ "unconfirmed.mode", "\"sideways\"" },
		{ "unconfirmed.match", "\"eth0\"" },
		{ "unconfirmed.components", "{}" },
		{ "unconfirmed.components.1.priority", "65536" },
		{ "running", "3" },
		{ "running.boot", "3" },
		{ "running.live.linker", "3" },
		{ "running.live.members", "3" },
		{ "running.live.members.1.join", "\"glued\"" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(changes); i++) {
		cleanup(freep) char *text = encode();
		cleanup(json_decrefp) json_t *json = json_loads(text, 0, NULL);
		cleanup(error_done) struct error error = {};
		struct device_record record = {};
		char last[32];
		json_t *owner = walk(json, changes[i].path, last, sizeof(last));

		json_object_set_new(owner, last,
				    json_loads(changes[i].value, JSON_DECODE_ANY, NULL));
		if (device_record_decode(json, &record, &error) == 0)
			fail_msg("%s = %s is taken", changes[i].path, changes[i].value);
		assert_int_equal(error.id, ERROR_BAD_STATE);
		assert_non_null(error.message);
	}
}

static void more_components_than_a_device_can_have_are_refused(void **state)
{
	static const char *const places[] = { "components", "unconfirmed.components" };

	(void)state;
	for (size_t i = 0; i < array_size(places); i++) {
		cleanup(freep) char *text = encode();
		cleanup(json_decrefp) json_t *json = json_loads(text, 0, NULL);
		cleanup(error_done) struct error error = {};
		struct device_record record = {};
		char last[32];
		json_t *list = json_object_get(walk(json, places[i], last, sizeof(last)), last);

		while (json_array_size(list) < ROOTLET_SLOTS)
			json_array_append(list, json_array_get(list, 0));
		assert_int_equal(device_record_decode(json, &record, NULL), 0);
		device_record_done(&record);
		json_array_append(list, json_array_get(list, 0));
		assert_true(device_record_decode(json, &record, &error) < 0);
		assert_int_equal(error.id, ERROR_BAD_STATE);
	}
}

static void a_newer_format_is_no_damage(void **state)
{
	cleanup(freep) char *text = encode();
	cleanup(json_decrefp) json_t *json = json_loads(text, 0, NULL);
	cleanup(error_done) struct error error = {};
	struct device_record record = {};

	(void)state;
	json_object_set_new(json, "format", json_integer(DEVICE_RECORD_FORMAT + 1));
	assert_true(device_record_decode(json, &record, &error) < 0);
	assert_int_equal(error.id, ERROR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_written_value_is_read_back),
		cmocka_unit_test(the_record_has_not_changed),
		cmocka_unit_test(an_older_xdpd_refuses_only_records_that_it_would_misread),
		cmocka_unit_test(a_suspended_device_is_read),
		cmocka_unit_test(policies_and_slots_are_read),
		cmocka_unit_test(only_a_lease_with_a_key_can_be_claimed_later),
		cmocka_unit_test(the_rollback_is_read),
		cmocka_unit_test(only_an_unconfirmed_change_needs_the_newer_format),
		cmocka_unit_test(without_the_setting_the_device_is_not_listed),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(more_components_than_a_device_can_have_are_refused),
		cmocka_unit_test(a_newer_format_is_no_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
