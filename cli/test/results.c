// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/test/results.h"

#include "base/cleanup.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Maximum number of digits of bytes that are shown. */
#define DIGITS_MAX 32

static const struct column columns[] = {
	{ "PACKET", COLUMN_RIGHT },
	{ "LENGTH", COLUMN_RIGHT },
	{ "VERDICT", COLUMN_LEFT },
	{ "COMPONENT", COLUMN_LEFT, .narrow = 8 },
	{ "CHANGED", COLUMN_LEFT, .narrow = 12 },
	{},
};

/* What decided: a component, or `nobody`. */
static const char *decider(const json_t *test, const json_t *packet, const char *nobody)
{
	const char *component = reply_text(packet, "component");

	if (*component)
		return component;
	return json_is_true(json_object_get(test, "policy")) ? "(policy)" : nobody;
}

static void print_bytes(FILE *file, const char *digits)
{
	size_t length = strlen(digits);

	if (!length)
		fputs("no bytes", file);
	else
		fprintf(file, "%.*s%s", DIGITS_MAX, digits, length > DIGITS_MAX ? "..." : "");
}

/* "14: 45 -> 46, 26: nothing -> 0800"; the caller frees it. */
static char *describe_changes(const json_t *packet)
{
	json_t *change;
	char *text = NULL;
	size_t size, i;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		abort();
	json_array_foreach(json_object_get(packet, "changes"), i, change)
	{
		fprintf(file, "%s%" PRIu64 ": ", i ? ", " : "", reply_number(change, "offset"));
		print_bytes(file, reply_text(change, "before"));
		fputs(" -> ", file);
		print_bytes(file, reply_text(change, "after"));
	}
	if (fclose(file) != 0)
		abort();
	return text;
}

static void add_packet(struct table *table, const json_t *test, const json_t *packet, size_t number)
{
	cleanup(freep) char *changes = describe_changes(packet);
	const char *verdict = reply_text(packet, "verdict");

	table_add_number(table, number);
	table_add_number(table, reply_number(packet, "length"));
	table_add(table, *verdict ? verdict : "-");
	table_add(table, *verdict ? decider(test, packet, "-") : "-");
	table_add(table, changes);
}

/* Prints what does not fit into the table. */
static void print_remarks(const json_t *packet, size_t number)
{
	const char *failure = reply_text(packet, "failure");

	if (*failure)
		printf("  packet %zu was not run: %s\n", number, failure);
	if (json_object_get(packet, "cut_from"))
		printf("  packet %zu: the capture holds only the beginning of its %" PRIu64
		       " bytes\n",
		       number, reply_number(packet, "cut_from"));
	if (json_is_true(json_object_get(packet, "overruled")))
		printf("  packet %zu: %s returned a verdict that it may not return\n", number,
		       reply_text(packet, "component"));
}

/* "3 drop by fw"; the caller frees it. */
static char *describe_outcome(const json_t *test, const json_t *packet)
{
	const char *verdict = reply_text(packet, "verdict");
	const char *by = decider(test, packet, "");
	char *text;
	int length;

	if (!*verdict)
		length = asprintf(&text, "not run");
	else if (*by)
		length = asprintf(&text, "%s by %s", verdict, by);
	else
		length = asprintf(&text, "%s at the end of the chain", verdict);
	if (length < 0)
		abort();
	return text;
}

/* How often each outcome occurred, in the order in which they first occurred. */
static void print_summary(const json_t *test)
{
	const json_t *packets = json_object_get(test, "packets");
	cleanup(json_decrefp) json_t *counts = json_object();
	const char *outcome, *before = ":";
	json_t *packet, *count;
	size_t i;

	json_array_foreach((json_t *)packets, i, packet)
	{
		cleanup(freep) char *text = describe_outcome(test, packet);

		count = json_object_get(counts, text);
		json_object_set_new(counts, text, json_integer(json_integer_value(count) + 1));
	}
	printf("  %zu packets", json_array_size(packets));
	json_object_foreach(counts, outcome, count)
	{
		printf("%s %" PRIu64 " %s", before, (uint64_t)json_integer_value(count), outcome);
		before = ",";
	}
	putchar('\n');
}

static void print_notes(const json_t *test)
{
	json_t *note;
	size_t i;

	json_array_foreach(json_object_get(test, "notes"), i, note)
		printf("  note: %s\n", json_string_value(note));
}

static void print_device(const json_t *test)
{
	const char *netns = reply_text(test, "netns");

	printf("%s%s%s", reply_text(test, "ifname"), *netns ? " in " : "", netns);
}

static void show_test(const json_t *test)
{
	cleanup(table_drop) struct table *table = table_new(columns);
	const json_t *packets = json_object_get(test, "packets");

	print_device(test);
	if (json_is_true(json_object_get(test, "planned")))
		printf(": planned chain\n");
	else
		printf(": generation %" PRIu64 "\n", reply_number(test, "generation"));
	for (size_t i = 0; i < json_array_size(packets); i++)
		add_packet(table, test, json_array_get(packets, i), i + 1);
	table_print(table, stdout, terminal_width());
	for (size_t i = 0; i < json_array_size(packets); i++)
		print_remarks(json_array_get(packets, i), i + 1);
	print_notes(test);
	print_summary(test);
}

void test_results_show(const json_t *reply)
{
	json_t *test;
	size_t i;

	json_array_foreach(json_object_get(reply, "trials"), i, test) show_test(test);
}

static bool same_member(const json_t *packet, const json_t *other, const char *name)
{
	const json_t *one = json_object_get(packet, name), *two = json_object_get(other, name);

	return one == two || (one && two && json_equal(one, two));
}

static bool is_treated_the_same(const json_t *packet, const json_t *other)
{
	return same_member(packet, other, "verdict") && same_member(packet, other, "changes") &&
	       same_member(packet, other, "failure");
}

/* Compares the running chain of a device with the planned chain that follows it. */
static void compare(const json_t *present, const json_t *planned, json_t *differences)
{
	const json_t *before = json_object_get(present, "packets");
	const json_t *after = json_object_get(planned, "packets");

	for (size_t i = 0; i < json_array_size(before); i++) {
		json_t *one = json_array_get(before, i), *other = json_array_get(after, i);

		if (!is_treated_the_same(one, other))
			json_array_append_new(differences,
					      json_pack("{s:O*, s:O*, s:I, s:O, s:O}", "ifname",
							json_object_get(present, "ifname"), "netns",
							json_object_get(present, "netns"), "packet",
							(json_int_t)i + 1, "present", one,
							"planned", other));
	}
}

json_t *test_results_compare(const json_t *reply)
{
	const json_t *tests = json_object_get(reply, "trials");
	json_t *differences = json_array();

	for (size_t i = 0; i + 1 < json_array_size(tests); i += 2)
		compare(json_array_get(tests, i), json_array_get(tests, i + 1), differences);
	return differences;
}

static void print_treatment(const json_t *test, const json_t *packet)
{
	cleanup(freep) char *outcome = describe_outcome(test, packet);
	cleanup(freep) char *changes = describe_changes(packet);

	printf("%s%s%s%s", outcome, *changes ? " (" : "", changes, *changes ? ")" : "");
}

static void show_comparison(const json_t *present, const json_t *planned)
{
	cleanup(json_decrefp) json_t *differences = json_array();
	json_t *difference;
	size_t i;

	compare(present, planned, differences);
	print_device(present);
	printf(": %zu of %zu packets would be treated differently\n", json_array_size(differences),
	       json_array_size(json_object_get(present, "packets")));
	json_array_foreach(differences, i, difference)
	{
		printf("  packet %" PRIu64 ": now ", reply_number(difference, "packet"));
		print_treatment(present, json_object_get(difference, "present"));
		printf("; planned ");
		print_treatment(planned, json_object_get(difference, "planned"));
		putchar('\n');
	}
	print_notes(planned);
}

void test_results_show_differences(const json_t *reply)
{
	const json_t *tests = json_object_get(reply, "trials");

	for (size_t i = 0; i + 1 < json_array_size(tests); i += 2)
		show_comparison(json_array_get(tests, i), json_array_get(tests, i + 1));
}
