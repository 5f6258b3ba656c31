// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/complete.h"

#include "base/cleanup.h"
#include "base/directory.h"
#include "base/log-events.h"
#include "base/printable.h"
#include "cli/client.h"
#include "cli/complete-owners.h"
#include "cli/global-options.h"
#include "cli/show.h"
#include "cli/verbs.h"

#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

/* The words before the last one, as far as they were understood. */
struct line {
	const char *socket, *netns;
	const char *first_word;	 /* of a verb whose second word is missing; or NULL */
	const struct verb *verb; /* NULL: no verb yet */
	size_t n_operands;	 /* operands before the last word */
	size_t n_devices;	 /* number of --dev options */
	const char **devices;
	const struct option_row *option; /* the option whose value is completed; NULL: none */
	const char *kept;		 /* what precedes the value in its word: "--dev=" */
	size_t n_kept;
	const char *begun; /* the beginning that is completed */
	bool in_command;   /* after the "--" of a verb that runs a command */
	FILE *file;
};

static void offer(const struct line *line, const char *word, const char *what)
{
	cleanup(freep) char *safe_word = printable(word);
	cleanup(freep) char *first_line = strndup(what, strcspn(what, "\n"));
	cleanup(freep) char *safe_what = first_line ? printable(first_line) : NULL;

	if (!safe_word || strcmp(safe_word, word) != 0 ||
	    strncmp(word, line->begun, strlen(line->begun)) != 0)
		return; /* a name that a shell cannot show is not offered */
	fprintf(line->file, "%.*s%s", (int)line->n_kept, line->kept, word);
	if (safe_what && *safe_what)
		fprintf(line->file, "\t%s", safe_what);
	fputc('\n', line->file);
}

/* The status of the daemon; NULL: it cannot be reached. */
static json_t *ask(const struct line *line)
{
	struct status_request request = { .netns = (char *)line->netns };
	cleanup(json_decrefp) json_t *reply = NULL;

	if (client_call(line->socket, &methods[METHOD_STATUS], &request, &reply, NULL) != EXIT_DONE)
		return NULL;
	return json_incref(json_object_get(reply, "devices"));
}

static bool is_among(const json_t *devices, const char *ifname)
{
	json_t *device;
	size_t i;

	json_array_foreach(devices, i, device)
	{
		if (!strcmp(reply_text(device, "ifname"), ifname))
			return true;
	}
	return false;
}

static void offer_devices(const struct line *line)
{
	cleanup(json_decrefp) json_t *devices = ask(line);
	struct if_nameindex *present = line->netns ? NULL : if_nameindex();
	json_t *device;
	size_t i;

	json_array_foreach(devices, i, device)
		offer(line, reply_text(device, "ifname"), reply_text(device, "state"));
	for (i = 0; present && present[i].if_index; i++)
		if (!is_among(devices, present[i].if_name))
			offer(line, present[i].if_name, "");
	if_freenameindex(present);
}

/* Is the device among the --dev options, or are there none? */
static bool is_meant(const struct line *line, const char *ifname)
{
	for (size_t i = 0; i < line->n_devices; i++)
		if (!strcmp(line->devices[i], ifname))
			return true;
	return line->n_devices == 0;
}

/*
 * Offers the items of the list `member` of every component on the given devices; NULL: the components' names.
 */
static void offer_names(const struct line *line, const char *member)
{
	cleanup(json_decrefp) json_t *devices = ask(line);
	json_t *device, *component, *part;
	size_t i, j, k;

	json_array_foreach(devices, i, device)
	{
		const char *ifname = reply_text(device, "ifname");

		if (!is_meant(line, ifname))
			continue;
		json_array_foreach(json_object_get(device, "components"), j, component)
		{
			if (!member)
				offer(line, reply_text(component, "name"), ifname);
			json_array_foreach(json_object_get(component, member), k, part) offer(
				line, reply_text(part, "name"), reply_text(component, "name"));
		}
	}
}

/* Offers the slots of the policies of the given devices. */
static void offer_slots(const struct line *line)
{
	struct policy_request request = { .netns = (char *)line->netns };
	cleanup(json_decrefp) json_t *reply = NULL;
	json_t *policy, *slot;
	size_t i, j;

	if (client_call(line->socket, &methods[METHOD_POLICY], &request, &reply, NULL) != EXIT_DONE)
		return;
	json_array_foreach(json_object_get(reply, "policies"), i, policy)
	{
		if (!is_meant(line, reply_text(policy, "ifname")))
			continue;
		json_array_foreach(json_object_get(policy, "slots"), j, slot)
			offer(line, reply_text(slot, "name"), reply_text(slot, "signature"));
	}
}

static void offer_components(const struct line *line)
{
	offer_names(line, NULL);
}

static void offer_libraries(const struct line *line)
{
	offer_names(line, "libraries");
}

/* Offers everything in memory that has a name, and the devices that hold it. */
static void offer_things(const struct line *line)
{
	cleanup(json_decrefp) json_t *devices = ask(line);
	json_t *device;
	size_t i;

	json_array_foreach(devices, i, device)
		offer(line, reply_text(device, "ifname"), reply_text(device, "state"));
	offer_names(line, NULL);
	offer_names(line, "maps");
	offer_names(line, "libraries");
}

static void offer_namespace(int directory, const char *name, void *line)
{
	(void)directory;
	offer(line, name, "");
}

static void offer_namespaces(const struct line *line)
{
	directory_each(AT_FDCWD, "/run/netns", offer_namespace, (void *)line);
}

static void offer_kinds(const struct line *line)
{
	for (enum log_event event = 0; event < LOG_EVENT_COUNT; event++)
		offer(line, log_event_name(event), "");
}

static void offer_files(const struct line *line)
{
	fputs(":files\n", line->file);
}

static void offer_owner(const void *line, const char *owner, const char *about)
{
	offer(line, owner, about);
}

static void offer_owners(const struct line *line)
{
	complete_owners_each(line->begun, offer_owner, line);
}

static void offer_nothing(const struct line *line)
{
	(void)line;
}

/*
 * What can be completed where; the first row that matches is used. If no row matches, a file is offered.
 * NULL: any.
 */
static const struct place {
	const char *verb;
	const char *option; /* name of the option */
	const char *word;   /* the word for the value in the help */
	void (*offer)(const struct line *line);
} places[] = {
	{ .option = "dev", .offer = offer_devices },
	{ .option = "netns", .offer = offer_namespaces },
	{ .option = "before", .offer = offer_components },
	{ .option = "after", .offer = offer_components },
	{ .option = "name", .offer = offer_nothing }, /* a new name */
	{ .option = "slot", .offer = offer_slots },
	{ .option = "map-owner", .offer = offer_owners },
	{ .word = "DEVICE", .offer = offer_devices },
	{ .word = "KIND", .offer = offer_kinds },
	{ .word = "MODE", .offer = offer_nothing },
	{ .verb = "why", .word = "NAME", .offer = offer_things },
	{ .word = "NAME", .offer = offer_components },
	{ .word = "LIBRARY", .offer = offer_libraries },
	{ .word = "N", .offer = offer_nothing },
	{ .word = "TEXT", .offer = offer_nothing },
	{ .word = "TIME", .offer = offer_nothing },
	{ .word = "SYMBOL", .offer = offer_nothing },
	{ .word = "NAME=VALUE", .offer = offer_nothing },
	{ .word = "WHAT", .offer = offer_nothing },
	{ .word = "BYTES", .offer = offer_nothing },
	{ .word = "SIZE", .offer = offer_nothing },
	{ .word = "EXPRESSION...", .offer = offer_nothing },
};

static bool fits(const char *wanted, const char *is)
{
	return !wanted || (is && !strcmp(wanted, is));
}

/* Offers the words of "none|libxdp". */
static void offer_alternatives(const struct line *line, char *words)
{
	for (char *word, *rest = words; (word = strsep(&rest, "|"));)
		offer(line, word, "");
}

/* `help` is the word for the value in the help; brackets around an optional operand are ignored. */
static void offer_at(const struct line *line, const char *option, const char *help)
{
	const char *verb = line->verb ? line->verb->name : NULL;
	cleanup(freep) char *word = strdup(*help == '[' ? help + 1 : help);

	if (!word)
		abort();
	word[strcspn(word, "]")] = '\0';
	for (size_t i = 0; i < array_size(places); i++) {
		const struct place *place = &places[i];

		if (!fits(place->verb, verb) || !fits(place->option, option) ||
		    !fits(place->word, word))
			continue;
		place->offer(line);
		return;
	}
	if (strchr(word, '|'))
		offer_alternatives(line, word);
	else
		offer_files(line);
}

/* Offers names of a type; if they are joined by commas, after those that are already there. */
static void offer_choices(const struct line *line, const struct type *type, bool joined)
{
	const char *comma = joined ? strrchr(line->begun, ',') : NULL;
	struct line rest = *line;
	cleanup(freep) char *kept = NULL;
	int length;

	rest.begun = comma ? comma + 1 : line->begun;
	length = asprintf(&kept, "%.*s%.*s", (int)line->n_kept, line->kept,
			  (int)(rest.begun - line->begun), line->begun);
	if (length < 0)
		abort();
	rest.kept = kept;
	rest.n_kept = length;
	for (const char *const *name = type->names; *name; name++)
		offer(&rest, *name, "");
}

static void offer_values(const struct line *line)
{
	const struct option_row *option = line->option;
	const struct field *field = option->field
					    ? field_find(verb_method(line->verb)->in, option->field)
					    : NULL;

	if (field && (field->kind == FIELD_CHOICE || field->kind == FIELD_VERDICTS))
		offer_choices(line, field->type, field->kind == FIELD_VERDICTS);
	else
		offer_at(line, option->name, option->argument);
}

static void offer_option_names(const struct line *line, const struct option_row *rows)
{
	for (const struct option_row *row = rows; row->name; row++) {
		cleanup(freep) char *word = NULL;

		if (asprintf(&word, "--%s", row->name) < 0)
			abort();
		offer(line, word, row->help);
	}
}

static const struct option_row *find_option(const struct line *line, const char *name,
					    size_t length)
{
	const struct option_row *const tables[] = { global_options,
						    line->verb ? line->verb->options : NULL };

	for (size_t i = 0; i < array_size(tables); i++)
		for (const struct option_row *row = tables[i]; row && row->name; row++)
			if (strlen(row->name) == length && !strncmp(row->name, name, length))
				return row;
	return NULL;
}

static void take_value(struct line *line, const char *value)
{
	if (!strcmp(line->option->name, "socket"))
		line->socket = value;
	else if (!strcmp(line->option->name, "netns"))
		line->netns = value;
	else if (!strcmp(line->option->name, "dev"))
		line->devices[line->n_devices++] = value;
	line->option = NULL;
}

/* "--dev" or "--dev=eth0"; bash splits the second form into three words, one of which is "=". */
static void take_option(struct line *line, const char *word)
{
	size_t length = strcspn(word + 2, "=");

	line->option = find_option(line, word + 2, length);
	if (!line->option || !line->option->argument)
		line->option = NULL;
	else if (word[2 + length])
		take_value(line, word + 2 + length + 1);
}

static void take_verb(struct line *line, const char *word)
{
	if (!line->first_word && !strcmp(word, "help"))
		return; /* a verb follows */
	line->verb = line->first_word ? verb_find(line->first_word, word) : verb_find(word, NULL);
	line->first_word = word;
}

static void take_word(struct line *line, const char *word)
{
	if (line->in_command)
		return;
	line->in_command = line->verb && line->verb->runs_command && !strcmp(word, "--");
	if (line->option && strcmp(word, "=") != 0)
		take_value(line, word);
	else if (!line->option && !strncmp(word, "--", 2))
		take_option(line, word);
	else if (!line->option && *word != '-' && !line->verb)
		take_verb(line, word);
	else if (!line->option && *word != '-')
		line->n_operands++;
}

/* Finds what is completed in the last word: of "--dev=e" only "e". */
static void begin(struct line *line, const char *word)
{
	size_t length = strcspn(word, "=");

	line->begun = word;
	if (line->in_command)
		return;
	if (line->option) {
		if (!strcmp(word, "="))
			line->begun = "";
	} else if (!strncmp(word, "--", 2) && word[length]) {
		line->option = find_option(line, word + 2, length - 2);
		line->kept = word;
		line->n_kept = length + 1;
		line->begun = word + length + 1;
	}
}

/* Does an earlier verb begin with the same first word? Such verbs stand together in the table. */
static bool is_repeated(const struct verb *const *verb, size_t length)
{
	return (*verb)->name[length] && verb != verbs &&
	       !strncmp(verb[-1]->name, (*verb)->name, length + 1);
}

/* Offers the first words of verbs, or the second words of those with the given first word. */
static void offer_verbs(const struct line *line)
{
	for (const struct verb *const *verb = verbs; *verb; verb++) {
		size_t length = strcspn((*verb)->name, " ");
		cleanup(freep) char *word = strndup((*verb)->name, length);

		if (!word)
			abort();
		if (!line->first_word && !is_repeated(verb, length))
			offer(line, word, (*verb)->summary);
		if (line->first_word && !strcmp(word, line->first_word) && (*verb)->name[length])
			offer(line, (*verb)->name + length + 1, (*verb)->summary);
	}
}

static void offer_all(const struct line *line)
{
	if (line->in_command) {
		offer_files(line);
	} else if (line->option && line->option->argument) {
		offer_values(line);
	} else if (*line->begun == '-') {
		if (line->verb)
			offer_option_names(line, line->verb->options);
		offer_option_names(line, global_options);
	} else if (!line->verb) {
		offer_verbs(line);
	} else if (line->n_operands < OPERANDS_MAX && line->verb->operands[line->n_operands]) {
		offer_at(line, NULL, line->verb->operands[line->n_operands]);
	} else {
		offer_option_names(line, line->verb->options);
	}
}

void complete(size_t n_words, char *const *words, FILE *file)
{
	cleanup(freep) const char **devices = calloc(n_words + 1, sizeof(*devices));
	struct line line = {
		.socket = INTERFACE_SOCKET, .devices = devices, .kept = "", .file = file
	};

	if (!devices || n_words == 0)
		return;
	for (size_t i = 0; i + 1 < n_words; i++)
		take_word(&line, words[i]);
	begin(&line, words[n_words - 1]);
	offer_all(&line);
}
