// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/apply-directory.h"

#include "base/cleanup.h"
#include "cli/chain-directory.h"
#include "cli/chains-file.h"
#include "cli/client.h"
#include "cli/json-errors.h"
#include "cli/or-abort.h"
#include "cli/plan-text.h"
#include "cli/show.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <string.h>

/* One owner of the directory. */
struct job {
	const char *
		file; /* path; NULL: the file was removed, and so is all that belongs to the owner */
	const char *owner;
	bool is_done;
	char *problem; /* why it is not: a sentence, and further lines; NULL: it was not tried yet */
};

struct applying {
	const struct invocation *invocation;
	const struct chain_directory *directory;
	bool allow_map_change;
	void (*show)(const json_t *reply);
	size_t n_jobs;
	struct job *jobs;
};

static void applying_done(struct applying *applying)
{
	for (size_t i = 0; i < applying->n_jobs; i++)
		free(applying->jobs[i].problem);
	free(applying->jobs);
}

static void show(const struct applying *applying, const struct job *job, const json_t *reply)
{
	cleanup(json_decrefp) json_t *safe = reply_printable(reply);

	if (applying->invocation->json)
		return;
	if (job->file)
		printf("%s:\n", job->file);
	else
		printf("the file of owner %s was removed:\n", job->owner);
	applying->show(safe);
}

/* Devices that do not exist yet get their chains as soon as they appear. */
static enum exit_status ask(const struct applying *applying, const struct job *job, json_t **ret)
{
	const struct method *method = &methods[METHOD_APPLY];
	struct apply_request request = {};
	enum exit_status status = EXIT_DONE;

	request_init(method, &request);
	request.owner = or_abort(strdup(job->owner));
	request.allow_absent = true;
	request.allow_map_change = applying->allow_map_change;
	if (job->file)
		status = chains_file_read_regular(job->file, &request);
	else /* an empty list, which is encoded */
		request.devices.items = or_abort(calloc(1, sizeof(struct chain_device)));
	if (status == EXIT_DONE)
		status = client_call(applying->invocation->socket, method, &request, ret, NULL);
	if (status == EXIT_REFUSED && *ret)
		client_show_refusal(*ret);
	request_done(method, &request);
	return status;
}

/* What is reported about the job is kept: another file may have to be applied first. `*ret_changed`: something changed. */
static enum exit_status try(const struct applying *applying, struct job *job, bool *ret_changed)
{
	cleanup(json_decrefp) json_t *reply = NULL;
	struct json_errors reports = {};
	enum exit_status status;

	json_errors_begin(&reports);
	status = ask(applying, job, &reply);
	free(job->problem);
	job->problem = or_abort(json_errors_take(&reports) ?: strdup("xdpctl: out of memory\n"));
	if (status != EXIT_DONE)
		return status;
	job->is_done = true;
	if (!plans_change_anything(reply))
		return EXIT_DONE;
	*ret_changed = true;
	show(applying, job, reply);
	return EXIT_DONE;
}

/*
 * A file may be refused because of what another file of the directory has to give up first, for example a name. So refused
 * files are retried as long as others change something.
 */
static enum exit_status try_all(const struct applying *applying)
{
	bool has_changed = true;

	while (has_changed) {
		has_changed = false;
		for (size_t i = 0; i < applying->n_jobs; i++) {
			struct job *job = &applying->jobs[i];
			enum exit_status status = job->is_done ? EXIT_DONE
							       : try(applying, job, &has_changed);

			if (status == EXIT_DONE || status == EXIT_REFUSED)
				continue;
			fputs(job->problem, stderr); /* the daemon cannot be reached */
			return status;
		}
	}
	return EXIT_DONE;
}

/* Without "xdpctl: " and the path of the file, which the caller prints. The sentence ends with the line. */
static const char *find_sentence(const struct job *job)
{
	static const char prefix[] = "xdpctl: ";
	const char *sentence = job->problem;
	size_t length = job->file ? strlen(job->file) : 0;

	if (!strncmp(sentence, prefix, strlen(prefix)))
		sentence += strlen(prefix);
	if (length && !strncmp(sentence, job->file, length) && sentence[length] == ':')
		sentence += length + 1 + strspn(sentence + length + 1, " ");
	return sentence;
}

static void report(const struct job *job)
{
	const char *sentence = find_sentence(job);
	const char *end = strchrnul(sentence, '\n');

	report_error("%s: %.*s", job->file ?: job->owner, (int)(end - sentence), sentence);
	if (*end)
		fputs(end + 1, stderr);
}

static char *copy_sentence(const struct job *job)
{
	const char *sentence = find_sentence(job);
	size_t length = strcspn(sentence, "\n");

	return or_abort(strndup(sentence, length < WHY_LENGTH_MAX ? length : WHY_LENGTH_MAX));
}

/* The daemon shows them in the status, until the directory is read again. */
static enum exit_status report_all(const struct applying *applying)
{
	const struct method *method = &methods[METHOD_REPORT_FILES];
	cleanup(json_decrefp) json_t *reply = NULL;
	struct refused_file_request *refused;
	struct report_files_request request = {};
	enum exit_status status = EXIT_DONE, told;

	request_init(method, &request);
	request.directory = or_abort(strdup(applying->directory->path));
	request.refused.items = refused = or_abort(calloc(applying->n_jobs + 1, sizeof(*refused)));
	for (size_t i = 0; i < applying->n_jobs; i++) {
		const struct job *job = &applying->jobs[i];

		if (job->is_done)
			continue;
		status = EXIT_REFUSED;
		report(job);
		refused[request.refused.n_items++] = (struct refused_file_request){
			.file = or_abort(strdup(job->file ?: job->owner)),
			.owner = or_abort(strdup(job->owner)),
			.why = copy_sentence(job),
		};
	}
	told = client_call(applying->invocation->socket, method, &request, &reply, NULL);
	if (told == EXIT_REFUSED)
		client_show_refusal(reply);
	request_done(method, &request);
	return told == EXIT_DONE ? status : told;
}

/* What belongs to removed files is removed first, because a name that it has may be in another file now. */
static void add_jobs(struct applying *applying, const json_t *removed)
{
	const struct chain_directory *directory = applying->directory;
	json_t *owner;
	size_t i;

	applying->jobs = or_abort(
		calloc(json_array_size(removed) + directory->n_files + 1, sizeof(*applying->jobs)));
	json_array_foreach(removed, i, owner)
	{
		applying->jobs[applying->n_jobs++] =
			(struct job){ .owner = json_string_value(owner) };
	}
	for (i = 0; i < directory->n_files; i++)
		applying->jobs[applying->n_jobs++] = (struct job){
			.file = directory->files[i].path, .owner = directory->files[i].owner
		};
}

static enum exit_status read_status(const struct invocation *invocation, json_t **ret)
{
	const struct status_request request = {};
	enum exit_status status = client_call(invocation->socket, &methods[METHOD_STATUS], &request,
					      ret, NULL);

	if (status == EXIT_REFUSED)
		client_show_refusal(*ret);
	return status;
}

static enum exit_status fail(const struct error *error)
{
	report_error("%s", error->message ?: "out of memory");
	return EXIT_REFUSED;
}

enum exit_status apply_directory(const struct invocation *invocation, const char *path,
				 bool allow_map_change, void (*show_reply)(const json_t *reply))
{
	cleanup(chain_directory_done) struct chain_directory directory = {};
	cleanup(json_decrefp) json_t *removed = NULL;
	cleanup(json_decrefp) json_t *answer = NULL;
	cleanup(error_done) struct error error = {};
	cleanup(applying_done) struct applying applying = {
		.invocation = invocation,
		.directory = &directory,
		.allow_map_change = allow_map_change,
		.show = show_reply,
	};
	enum exit_status status;
	bool missing = false;

	if (chain_directory_read(path, &directory, &missing, &error) < 0)
		return fail(&error);
	status = read_status(invocation, &answer);
	if (status != EXIT_DONE)
		return status;
	removed = chain_directory_find_removed(&directory, answer);
	if (missing && json_array_size(removed) > 0) {
		report_error("there is no directory '%s', but owner '%s' has components; to remove "
			     "them, create the directory",
			     path, json_string_value(json_array_get(removed, 0)));
		return EXIT_REFUSED;
	}
	add_jobs(&applying, removed);
	status = try_all(&applying);
	return status == EXIT_DONE ? report_all(&applying) : status;
}
