#include "cli/verbs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME_WIDTH    16
#define PROCEED_WIDTH 13
#define COUNT_WIDTH   7

#define ROW(option, argument, kind, member, ...)                                             \
	{                                                                                    \
		option, argument, kind, offsetof(struct status_request, member), __VA_ARGS__ \
	}

static const struct option_row options[] = {
	ROW("dev", "NAME", OPTION_TEXTS, devices,
	    .help = "only this device; several times for several"),
	{},
};

/* Left-aligned; what is too long ends in a dot. */
static void print_text(const char *text, int width)
{
	if (strlen(text) > (size_t)width)
		printf("%.*s. ", width - 1, text);
	else
		printf("%-*s ", width, text);
}

/* Right-aligned; what is too long is rounded down to k, M, G, T, P or E. */
static void print_count(uint64_t count)
{
	static const char units[] = " kMGTPE";
	size_t unit = 0;
	uint64_t whole = count, tenths = 0;

	if (count < 10000000) {
		printf(" %*" PRIu64, COUNT_WIDTH, count);
		return;
	}
	for (; whole >= 1000; unit++) {
		tenths = whole % 1000 / 100;
		whole /= 1000;
	}
	printf(" %*" PRIu64 ".%" PRIu64 "%c", COUNT_WIDTH - 3, whole, tenths, units[unit]);
}

static void print_proceed(const json_t *verdicts)
{
	char text[VERDICT_SET_TEXT_MAX];
	verdict_set set = 0;
	json_t *item;
	size_t i;

	json_array_foreach(verdicts, i, item)
	{
		enum verdict verdict;

		if (verdict_parse(json_string_value(item), json_string_length(item), &verdict))
			set |= VERDICT_BIT(verdict);
	}
	print_text(set == VERDICTS_ALL ? "all" : verdict_set_format(set, text), PROCEED_WIDTH);
}

static void print_component(const json_t *component)
{
	const json_t *counters = json_object_get(component, "counters");
	const json_t *terminate = json_object_get(counters, "terminate");

	printf("%4" PRIu64 " %5" PRIu64 " ", reply_number(component, "slot"),
	       reply_number(component, "priority"));
	print_text(reply_text(component, "name"), NAME_WIDTH);
	print_proceed(json_object_get(component, "proceed_on"));
	print_count(reply_number(counters, "run"));
	print_count(reply_number(counters, "proceed"));
	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		print_count(reply_number(terminate, verdict_name(verdict)));
	putchar('\n');
}

static void print_device(const json_t *device)
{
	const json_t *components = json_object_get(device, "components");
	const char *note = reply_text(device, "note");
	json_t *component;
	size_t i;

	printf("%s: %s mode, %s, generation %" PRIu64 "\n", reply_text(device, "ifname"),
	       reply_text(device, "mode"), reply_text(device, "linker"),
	       reply_number(device, "generation"));
	if (*note)
		printf("  %s\n", note);
	if (json_array_size(components) == 0) {
		printf("  no components; every packet passes\n");
		return;
	}
	printf("%4s %5s %-*s %-*s %*s %*s %*s %*s %*s %*s %*s\n", "SLOT", "PRIO", NAME_WIDTH,
	       "NAME", PROCEED_WIDTH, "PROCEED-ON", COUNT_WIDTH, "RUN", COUNT_WIDTH, "PROCEED",
	       COUNT_WIDTH, "ABORTED", COUNT_WIDTH, "DROP", COUNT_WIDTH, "PASS", COUNT_WIDTH, "TX",
	       COUNT_WIDTH, "REDIR");
	json_array_foreach(components, i, component) print_component(component);
}

static void show(const json_t *parameters)
{
	const json_t *devices = json_object_get(parameters, "devices");
	json_t *device;
	size_t i;

	if (json_array_size(devices) == 0)
		printf("no devices; 'xdpctl attach' adds one\n");
	json_array_foreach(devices, i, device)
	{
		if (i > 0)
			putchar('\n');
		print_device(device);
	}
}

const struct verb verb_status = {
	.name = "status",
	.summary = "Shows what runs where, in order, and what it did with the packets.",
	.method = METHOD_STATUS,
	.options = options,
	.show = show,
};
