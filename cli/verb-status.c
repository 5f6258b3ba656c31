// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "cli/show.h"
#include "cli/status-check.h"
#include "cli/status-watch.h"
#include "cli/status.h"
#include "cli/table.h"
#include "cli/verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct option_row options[] = {
	{ "dev", "NAME", "devices", "only this device (repeatable)" },
	OPTION_NETNS,
	OPTION_ONLY_OWNER,
	{ "brief", NULL, NULL, "one line per device", 'b' },
	{ "details", NULL, NULL, "also show the ids of programs and maps, and the objects", 'd' },
	{ "check", NULL, NULL,
	  "print only what does not run as wanted; exit with status 1 if there\n"
	  "is anything" },
	{ "rate", NULL, NULL, "show packets a second instead, measured for a second or --watch" },
	{ "watch", "TIME", NULL, "repeat every TIME, such as 1s or 500ms, until interrupted" },
	{},
};

static const struct column columns[] = {
	{ "PRIO", COLUMN_RIGHT },     { "NAME", COLUMN_LEFT, .narrow = 8 },
	{ "JOIN", COLUMN_LEFT },      { "PROCEED-ON", COLUMN_LEFT, .narrow = 10 },
	{ "RUN", COLUMN_RIGHT },      { "PROCEED", COLUMN_RIGHT },
	{ "ABORTED", COLUMN_RIGHT },  { "DROP", COLUMN_RIGHT },
	{ "PASS", COLUMN_RIGHT },     { "TX", COLUMN_RIGHT },
	{ "REDIRECT", COLUMN_RIGHT }, {},
};

static verdict_set read_verdicts(const json_t *verdicts)
{
	verdict_set set = 0;
	json_t *item;
	size_t i;

	json_array_foreach(verdicts, i, item)
	{
		enum verdict verdict;

		if (verdict_parse(json_string_value(item), json_string_length(item), &verdict))
			set |= VERDICT_BIT(verdict);
	}
	return set;
}

static void add_proceed(struct table *table, const json_t *verdicts)
{
	char text[VERDICT_SET_TEXT_MAX];
	verdict_set set = read_verdicts(verdicts);

	table_add(table, set == VERDICTS_ALL ? "all" : verdict_set_format(set, text));
}

/* Components in slots of a policy are not counted. */
static void add_count(struct table *table, const json_t *counters, const char *name)
{
	if (counters)
		table_add_number(table, reply_number(counters, name));
	else
		table_add(table, "-");
}

static void add_component(struct table *table, const json_t *component)
{
	const json_t *counters = json_object_get(component, "counters");
	const json_t *terminate = json_object_get(counters, "terminate");

	/* Components in slots have no order. */
	if (json_object_get(component, "fills"))
		table_add(table, "-");
	else
		table_add_number(table, reply_number(component, "priority"));
	table_add(table, reply_text(component, "name"));
	table_add(table, json_object_get(component, "join") ? reply_text(component, "join")
							    : reply_text(component, "state"));
	if (json_object_get(component, "fills"))
		table_add(table, "-");
	else
		add_proceed(table, json_object_get(component, "proceed_on"));
	add_count(table, counters, "run");
	add_count(table, counters, "proceed");
	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		add_count(table, terminate, verdict_name(verdict));
}

static void print_components(const json_t *components)
{
	cleanup(table_drop) struct table *table = table_new(columns);

	for (size_t i = 0; i < json_array_size(components); i++)
		add_component(table, json_array_get(components, i));
	table_print(table, stdout, terminal_width());
}

/* Extensions all have the same reason, so it is printed once. */
static void print_reasons(const json_t *components)
{
	const char *before = "";

	for (size_t i = 0; i < json_array_size(components); i++) {
		const json_t *component = json_array_get(components, i);
		const char *why = reply_text(component, "why");

		if (!strcmp(reply_text(component, "state"), "failed"))
			printf("  %s cannot be loaded%s: %s\n", reply_text(component, "name"),
			       !strcmp(reply_text(component, "on_failure"), "drop")
				       ? ", so packets that would reach it are dropped"
				       : "",
			       reply_text(component, "failure"));
		else if (!strcmp(reply_text(component, "join"), "called") && *why)
			printf("  %s is called, not inlined: %s\n", reply_text(component, "name"),
			       why);
		else if (!strcmp(reply_text(component, "join"), "tail_called"))
			printf("  %s is run by a tail call: %s\n", reply_text(component, "name"),
			       why);
		else if (*why && strcmp(why, before))
			printf("  not fused: %s\n", before = why);
		if (*reply_text(component, "no_extension"))
			printf("  fused at once, because %s cannot be an extension: %s\n",
			       reply_text(component, "name"),
			       reply_text(component, "no_extension"));
		if (*reply_text(component, "map_limit"))
			printf("  %s is an extension: %s\n", reply_text(component, "name"),
			       reply_text(component, "map_limit"));
	}
}

/* Prints "  fw sets limit=7, mode=ON". */
static void print_list(const json_t *component, const char *what, const char *member)
{
	const json_t *items = json_object_get(component, member);
	json_t *item;
	size_t i;

	if (items)
		printf("  %s %s", reply_text(component, "name"), what);
	json_array_foreach(items, i, item) printf("%s %s", i ? "," : "", json_string_value(item));
	if (items)
		putchar('\n');
}

/* Prints "  maps of fw: owner alice:netops, mode 640". */
static void print_map_rights(const json_t *component)
{
	const char *owner = reply_text(component, "map_owner");
	const char *mode = reply_text(component, "map_mode");

	if (*owner || *mode)
		printf("  maps of %s: owner %s, mode %s\n", reply_text(component, "name"),
		       *owner ? owner : "root", *mode ? mode : "600");
}

/* Prints "  fw is linked with parser.o, log.o". */
static void print_libraries(const json_t *component)
{
	const json_t *libraries = json_object_get(component, "libraries");
	json_t *library;
	size_t i;

	if (json_array_size(libraries) > 0)
		printf("  %s is linked with", reply_text(component, "name"));
	json_array_foreach(libraries, i, library)
	{
		printf("%s %s", i > 0 ? "," : "", reply_text(library, "name"));
	}
	if (json_array_size(libraries) > 0)
		putchar('\n');
}

static void print_options(const json_t *components)
{
	for (size_t i = 0; i < json_array_size(components); i++) {
		const json_t *component = json_array_get(components, i);
		const json_t *allowed = json_object_get(component, "allow_verdicts");
		const json_t *counters = json_object_get(component, "counters");
		char text[VERDICT_SET_TEXT_MAX];

		if (allowed)
			printf("  %s may return only %s; other verdicts became aborted %" PRIu64
			       " times\n",
			       reply_text(component, "name"),
			       verdict_set_format(read_verdicts(allowed), text),
			       reply_number(counters, "overruled"));
		print_list(component, "sets", "set");
		print_list(component, "shares maps:", "share_maps");
		print_list(component, "calls functions of the policy:", "needs");
		print_libraries(component);
		if (json_object_get(component, "devbound"))
			printf("  %s is bound to the device, so the chain is always fused\n",
			       reply_text(component, "name"));
		if (json_object_get(component, "awaits_client"))
			printf("  %s is detached soon unless its client reconnects\n",
			       reply_text(component, "name"));
		else if (json_object_get(component, "while_connected"))
			printf("  %s is detached when its client disconnects\n",
			       reply_text(component, "name"));
		if (json_object_get(component, "owner"))
			printf("  %s belongs to owner %s\n", reply_text(component, "name"),
			       reply_text(component, "owner"));
		print_map_rights(component);
	}
}

/* Prints "  unconfirmed change: rolls back in 23 s to fw, lb; 'xdpctl confirm' keeps it". */
static void print_unconfirmed(const json_t *unconfirmed)
{
	const json_t *before = json_object_get(unconfirmed, "before");
	const char *failure = reply_text(unconfirmed, "failure");
	json_t *name;
	size_t i;

	if (!unconfirmed)
		return;
	printf("  unconfirmed change: rolls back in %" PRIu64 " s to ",
	       reply_number(unconfirmed, "seconds"));
	if (!before)
		printf("no XDP program");
	else if (json_array_size(before) == 0)
		printf("no components");
	json_array_foreach(before, i, name)
		printf("%s%s", i > 0 ? ", " : "", json_string_value(name));
	printf("; 'xdpctl confirm' keeps it\n");
	if (*failure)
		printf("  rolling back has failed so far: %s\n", failure);
}

/* Prints which flavour of each kfunc the components got. */
static void print_kfuncs(const json_t *components)
{
	static const char *const states[][2] = {
		{ "resolved", "this kernel has it" },
		{ "absent", "this kernel does not have it" },
		{ "different", "this kernel has it with a different prototype" },
	};
	json_t *component, *kfunc;
	size_t i, j;

	json_array_foreach(components, i, component)
	{
		json_array_foreach(json_object_get(component, "kfuncs"), j, kfunc)
		{
			for (size_t k = 0; k < array_size(states); k++)
				if (!strcmp(reply_text(kfunc, "state"), states[k][0]))
					printf("  %s calls %s: %s\n", reply_text(component, "name"),
					       reply_text(kfunc, "name"), states[k][1]);
		}
	}
}

/* If no signature is required, the reply has no problem; the signer is shown for every component. */
static void print_trust(const json_t *components)
{
	for (size_t i = 0; i < json_array_size(components); i++) {
		const json_t *component = json_array_get(components, i);

		if (json_object_get(component, "untrusted"))
			printf("  %s is not trusted: %s\n", reply_text(component, "name"),
			       reply_text(component, "untrusted"));
		else if (json_object_get(component, "signed_by"))
			printf("  %s is signed by %s\n", reply_text(component, "name"),
			       reply_text(component, "signed_by"));
	}
}

static void print_slots(const json_t *components)
{
	for (size_t i = 0; i < json_array_size(components); i++) {
		const json_t *component = json_array_get(components, i);
		const char *name = reply_text(component, "name");
		const char *slot = reply_text(component, "fills");
		bool parked = !strcmp(reply_text(component, "state"), "parked");

		if (*slot)
			printf("  %s %s slot %s\n", name,
			       parked ? "is parked until a policy has" : "is in", slot);
		else if (parked)
			printf("  %s is parked until the policy is cleared\n", name);
	}
}

static void print_wanted_mode(const json_t *device)
{
	const char *wanted = reply_text(device, "wanted_mode");

	if (*wanted && strcmp(wanted, reply_text(device, "mode")) != 0)
		printf("  requested mode: %s\n", wanted);
}

static void print_setting_owners(const json_t *device)
{
	json_t *text;
	size_t i;

	json_array_foreach(json_object_get(device, "setting_owners"), i, text)
	{
		const char *setting = json_string_value(text);
		size_t length = strcspn(setting, "=");

		printf("  %.*s belongs to owner %s\n", (int)length, setting,
		       setting + length + (setting[length] == '='));
	}
}

static void print_match(const json_t *device)
{
	const char *match = reply_text(device, "match");

	if (*match)
		printf("  identified by %s when it reappears\n", match);
}

static void print_device(const json_t *device, bool details)
{
	const json_t *components = json_object_get(device, "components");
	const char *note = reply_text(device, "note");

	printf("%s", reply_text(device, "ifname"));
	if (json_object_get(device, "netns"))
		printf(" in %s", reply_text(device, "netns"));
	if (json_object_get(device, "rootlet"))
		printf(": %s mode, %s, generation %" PRIu64 "%s%s\n", reply_text(device, "mode"),
		       reply_text(device, "linker"), reply_number(device, "generation"),
		       !strcmp(reply_text(device, "owned"), "netlink") ? ", netlink-owned" : "",
		       !strcmp(reply_text(device, "interop"), "libxdp") ? ", interop libxdp" : "");
	else if (!strcmp(reply_text(device, "state"), "unknown"))
		printf(": runs an unknown chain\n");
	else
		printf(": %s, generation %" PRIu64 "\n", reply_text(device, "state"),
		       reply_number(device, "generation"));
	if (!strcmp(reply_text(device, "state"), "unknown")) {
		printf("  %s\n", note);
		return;
	}
	print_wanted_mode(device);
	print_match(device);
	print_setting_owners(device);
	if (json_object_get(device, "suspended"))
		printf("  suspended: packets bypass the chain; 'xdpctl resume --dev %s' ends "
		       "that\n",
		       reply_text(device, "ifname"));
	print_unconfirmed(json_object_get(device, "unconfirmed"));
	if (*note)
		printf("  %s\n", note);
	if (json_object_get(device, "policy"))
		printf("  policy %s (packets in its slots are not counted)\n",
		       reply_text(device, "policy"));
	if (json_array_size(components) > 0)
		print_components(components);
	else if (!json_object_get(device, "policy"))
		printf("  no components; every packet passes\n");
	if (json_object_get(device, "policy_untrusted"))
		printf("  policy %s is not trusted: %s\n", reply_text(device, "policy"),
		       reply_text(device, "policy_untrusted"));
	print_reasons(components);
	print_trust(components);
	print_slots(components);
	print_options(components);
	print_kfuncs(components);
	for (size_t i = 0; details && i < json_array_size(components); i++)
		status_show_details(json_array_get(components, i));
}

static void show(const json_t *devices, bool details)
{
	json_t *device;
	size_t i;

	json_array_foreach(devices, i, device)
	{
		if (i > 0)
			putchar('\n');
		print_device(device, details);
	}
}

static void print(const struct invocation *invocation, const json_t *devices, const json_t *files)
{
	if (json_array_size(devices) == 0)
		printf("no managed devices; 'xdpctl attach' adds one\n");
	else if (option_given(invocation, "brief"))
		status_show_brief(devices);
	else
		show(devices, option_given(invocation, "details"));
	status_check_files(files, true);
}

static enum exit_status answer(const struct invocation *invocation, const json_t *parameters)
{
	cleanup(json_decrefp) json_t *devices = status_sort(json_object_get(parameters, "devices"));
	const json_t *files = json_object_get(parameters, "refused_files");

	if (invocation->json)
		show_json(parameters);
	if (option_given(invocation, "check"))
		return status_check(devices, files, !invocation->json) ? EXIT_REFUSED : EXIT_DONE;
	if (!invocation->json)
		print(invocation, devices, files);
	return EXIT_DONE;
}

/* "xdpctl status eth0", as in networkctl(1). */
static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct status_request *request = userdata;
	const char *device = invocation->operands[0];

	if (device && strings_add(&request->devices, device, strlen(device)) < 0)
		abort(); /* a short-lived program */
	return EXIT_DONE;
}

const struct verb verb_status = {
	.name = "status",
	.operands = { "[DEVICE]" },
	.summary = "Show what each device runs, in order, with packet counters.",
	.method = METHOD_STATUS,
	.options = options,
	.prepare = prepare,
	.converse = status_watch,
	.answer = answer,
};
