// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The program that runs the verbs 'record ...', which read traced packets and compile expressions, with libpcap. */
#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/interval.h"
#include "cli/options.h"
#include "cli/print-time.h"
#include "cli/record/save.h"
#include "cli/record/start.h"
#include "cli/record/status.h"
#include "cli/show.h"
#include "cli/verbs.h"
#include "ipc/record-interface.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Opens the directory, and finds the recording that the request means. */
static int find(const struct invocation *invocation, const struct recording_request *request,
		struct recordings *recordings, struct recording **ret, struct error *error)
{
	int result = recordings_open(option_given(invocation, "directory"), false, recordings,
				     error);

	return result ?: recordings_find(recordings, request->device, request->netns, ret, error);
}

static int reply_status(const struct invocation *invocation, const void *userdata, json_t **ret,
			struct error *error)
{
	cleanup(recordings_done) struct recordings recordings = RECORDINGS_NONE;
	const struct recording_request *request = userdata;
	struct recording *only = NULL;
	json_t *list;
	int result;

	if (request->device || request->netns)
		result = find(invocation, request, &recordings, &only, error);
	else
		result = recordings_open(option_given(invocation, "directory"), false, &recordings,
					 error);
	if (result < 0)
		return result;
	list = json_array();
	for (size_t i = 0; i < recordings.n_items; i++)
		if (!only || only == &recordings.items[i])
			json_array_append_new(list, recording_encode(&recordings.items[i]));
	*ret = json_pack("{s:o}", "recordings", list);
	return 0;
}

static enum exit_status prepare_save(const struct invocation *invocation, void *request)
{
	const char *file = invocation->operands[0];
	uint64_t ignored;

	(void)request;
	if (!strcmp(file, "-") && invocation->json)
		return usage(invocation->verb, "record save takes either '-' or --json");
	if (!strcmp(file, "-") && isatty(STDOUT_FILENO))
		return usage(invocation->verb,
			     "a terminal cannot show pcapng; use a pipe or a file");
	return interval_parse(invocation->verb, "last", option_given(invocation, "last"), &ignored);
}

static int reply_save(const struct invocation *invocation, const void *request, json_t **ret,
		      struct error *error)
{
	cleanup(recordings_done) struct recordings recordings = RECORDINGS_NONE;
	struct recording *recording = NULL;
	uint64_t last = 0;
	int result = find(invocation, request, &recordings, &recording, error);

	interval_parse(invocation->verb, "last", option_given(invocation, "last"), &last);
	return result ?: recording_save(recording, invocation->operands[0], last, ret, error);
}

/* For example " from 10:03:01.250 to 10:03:02.000", of an object with these two times. */
static void print_period(FILE *file, const json_t *object)
{
	fputs(" from ", file);
	print_local_time(file, "%H:%M:%S", reply_number(object, "from") * 1000, 3);
	fputs(" to ", file);
	print_local_time(file, "%H:%M:%S", reply_number(object, "to") * 1000, 3);
}

static void print_gaps(FILE *file, const json_t *reply)
{
	json_t *gap;
	size_t i;

	json_array_foreach(json_object_get(reply, "gaps"), i, gap)
	{
		fputs("  packets", file);
		print_period(file, gap);
		fprintf(file, " may be missing: %s\n", reply_text(gap, "reason"));
	}
}

static enum exit_status answer_save(const struct invocation *invocation, const json_t *reply)
{
	bool is_piped = !strcmp(invocation->operands[0], "-");
	FILE *file = is_piped ? stderr : stdout;

	if (invocation->json) {
		show_json(reply);
		return EXIT_DONE;
	}
	fprintf(file, "%" PRIu64 " packets of %s", reply_number(reply, "packets"),
		reply_text(reply, "ifname"));
	if (json_object_get(reply, "from"))
		print_period(file, reply);
	fprintf(file, " are in %s%s%s; %" PRIu64 " older ones are not\n", is_piped ? "" : "'",
		is_piped ? "the output" : reply_text(reply, "file"), is_piped ? "" : "'",
		reply_number(reply, "older"));
	if (reply_number(reply, "lost"))
		fprintf(file,
			"  %" PRIu64 " records were lost, because there were too many of them\n",
			reply_number(reply, "lost"));
	print_gaps(file, reply);
	return EXIT_DONE;
}

static int reply_stop(const struct invocation *invocation, const void *request, json_t **ret,
		      struct error *error)
{
	cleanup(recordings_done) struct recordings recordings = RECORDINGS_NONE;
	bool discards = option_given(invocation, "discard");
	struct recording *recording = NULL;
	int result = find(invocation, request, &recordings, &recording, error);

	if (result == 0 && !recording->pid && !discards)
		return error_set(error, ERROR_INVALID_ARGUMENT, -ESRCH,
				 "%s is not recorded at present; --discard deletes the recording "
				 "'%s'",
				 recording->header.device, recording->path);
	if (result == 0)
		result = recording_stop(recording, error);
	if (result == 0 && discards)
		result = recording_remove(&recordings, recording, error);
	if (result == 0)
		*ret = json_pack("{s:s, s:s*, s:I, s:s, s:b}", "ifname", recording->header.device,
				 "netns", *recording->header.netns ? recording->header.netns : NULL,
				 "packets", (json_int_t)recording->header.n_packets, "file",
				 recording->path, "kept", !discards);
	return result;
}

static void show_stop(const json_t *reply)
{
	show_device(reply);
	if (json_is_true(json_object_get(reply, "kept")))
		printf("not recorded any longer; '%s' has what was recorded, for 'xdpctl record "
		       "save'\n",
		       reply_text(reply, "file"));
	else
		puts("not recorded any longer, and the recording is deleted");
}

/* The verbs, with their functions. */
static struct verb find_verb(const struct verb *row)
{
	struct verb verb = *row;

	if (row == &verb_record_start) {
		verb.prepare = start_prepare;
		verb.converse = start_converse;
	} else if (row == &verb_record_save) {
		verb.prepare = prepare_save;
		verb.reply = reply_save;
		verb.answer = answer_save;
	} else if (row == &verb_record_stop) {
		verb.reply = reply_stop;
		verb.show = show_stop;
	} else {
		verb.reply = reply_status;
		verb.show = recordings_show;
	}
	return verb;
}

int main(int argc, char **argv)
{
	const struct verb *row = NULL;
	enum exit_status status = options_find_verb(argc, argv, &row);
	struct verb verb;

	if (status != EXIT_DONE || !row)
		return status;
	verb = find_verb(row);
	return command(argc, argv, &verb);
}
