// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "sandbox/link.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "sandbox/helper-path.h"
#include "sandbox/parser.h"
#include "sandbox/process.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* One attempt to link files. */
struct attempt {
	size_t n_files;
	const struct sandbox_file *files;
	size_t size; /* of all files */
	char *names; /* of all files, for errors */
	int *fds;    /* of the result, followed by those of the files */
	char **arguments;
};

static void attempt_done(struct attempt *attempt)
{
	for (size_t i = 0; attempt->fds && i <= attempt->n_files; i++)
		closep(&attempt->fds[i]);
	free(attempt->fds);
	free(attempt->arguments);
	free(attempt->names);
}

/* "a.o with b.o and c.o" */
static char *names_of(size_t n_files, const struct sandbox_file *files)
{
	char *names = strdup(files[0].label);

	for (size_t i = 1; names && i < n_files; i++) {
		char *longer;

		if (asprintf(&longer, "%s %s %s", names, i == 1 ? "with" : "and", files[i].label) <
		    0)
			longer = NULL;
		free(names);
		names = longer;
	}
	return names;
}

static int cannot_link(const struct attempt *attempt, enum error_id id, int number, const char *why,
		       struct error *error)
{
	return error_set(error, id, number, "cannot link %s: %s", attempt->names, why);
}

static int open_files(struct attempt *attempt)
{
	for (size_t i = 0; i <= attempt->n_files; i++) {
		const struct blob *blob = i > 0 ? &attempt->files[i - 1].blob : NULL;
		int result;

		attempt->fds[i] = memfd_create(PARSER_PROGRAM, MFD_CLOEXEC);
		if (attempt->fds[i] < 0)
			return -errno;
		result = blob ? file_write_all(attempt->fds[i], blob->bytes, blob->size) : 0;
		if (result < 0)
			return result;
	}
	return 0;
}

static int prepare(struct attempt *attempt, struct error *error)
{
	size_t n_files = attempt->n_files;
	int result;

	attempt->names = names_of(n_files, attempt->files);
	attempt->fds = malloc((n_files + 1) * sizeof(*attempt->fds));
	attempt->arguments = calloc(n_files + 3, sizeof(*attempt->arguments));
	for (size_t i = 0; attempt->fds && i <= n_files; i++)
		attempt->fds[i] = -1;
	if (!attempt->names || !attempt->fds || !attempt->arguments)
		return error_memory(error);
	attempt->arguments[0] = PARSER_PROGRAM;
	attempt->arguments[1] = PARSER_FORMAT;
	for (size_t i = 0; i < n_files; i++) {
		attempt->arguments[i + 2] = (char *)attempt->files[i].label;
		attempt->size += attempt->files[i].blob.size;
	}
	result = open_files(attempt);
	return result < 0 ? cannot_link(attempt, ERROR_INTERNAL, result, errno_name(result), error)
			  : 0;
}

static int start(const struct attempt *attempt, struct process *ret, struct error *error)
{
	char program[PATH_MAX];
	int result;

	helper_find(PARSER_PROGRAM, program);
	result = process_start(program, attempt->arguments, attempt->n_files + 1, attempt->fds,
			       ret);
	return result < 0 ? error_set(error, ERROR_INTERNAL, result,
				      "cannot link %s: cannot start the parser '%s': %s",
				      attempt->names, program, errno_name(result))
			  : 0;
}

/* Why there is no answer, as a part of a sentence. */
static void describe_ending(const struct attempt *attempt, const struct ending *ending, char *ret,
			    size_t size)
{
	bool is_known = ending->status != -1;
	int signal = is_known && WIFSIGNALED(ending->status) ? WTERMSIG(ending->status) : 0;

	if (!ending->in_time || signal == SIGXCPU)
		snprintf(ret, size,
			 "the parser did not finish within %d seconds; one of the files is "
			 "malformed or too complex",
			 ending->in_time ? PARSER_CPU_SECONDS_MAX : PARSER_SECONDS_MAX);
	else if (signal == SIGXFSZ)
		snprintf(ret, size,
			 "the result would be larger than %zu KiB; one of the files is malformed",
			 parser_result_max(attempt->size) >> 10);
	else if (signal == SIGKILL)
		snprintf(ret, size, "the parser was killed before it answered");
	else if (signal)
		snprintf(ret, size, "the parser was ended by SIG%s; one of the files is malformed",
			 sigabbrev_np(signal) ?: "nal");
	else if (is_known && WEXITSTATUS(ending->status) == PARSER_STATUS_FORMAT)
		snprintf(ret, size, "the installed parser is of another version; restart xdpd");
	else
		snprintf(ret, size, "the parser ended without an answer (status %d)",
			 is_known ? WEXITSTATUS(ending->status) : -1);
}

static int explain_ending(const struct attempt *attempt, const struct ending *ending,
			  struct error *error)
{
	char why[200];

	describe_ending(attempt, ending, why, sizeof(why));
	return cannot_link(attempt, ERROR_BAD_OBJECT, -EINVAL, why, error);
}

/* Text from the parser: it is terminated, and cannot control a terminal or a log. */
static void clean(char *text, size_t size, char allowed)
{
	text[size - 1] = '\0';
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != allowed) || *text == 0x7f)
			*text = '?';
}

static int explain_answer(const struct attempt *attempt, struct answer *answer, struct error *error)
{
	static const enum error_id ids[ANSWER_KIND_COUNT] = {
		[ANSWER_BAD_OBJECT] = ERROR_BAD_OBJECT,
		[ANSWER_FAILED] = ERROR_INTERNAL,
	};
	int number = answer->number < 0 && answer->number > -4096 ? answer->number : -EINVAL;
	char why[100];

	clean(answer->message, sizeof(answer->message), ' ');
	clean(answer->detail, sizeof(answer->detail), '\n');
	if (answer->kind == ANSWER_OUT_OF_MEMORY) {
		snprintf(why, sizeof(why),
			 "it takes more than %zu MiB of memory; one of the files is malformed",
			 parser_memory_max(attempt->size) >> 20);
		return cannot_link(attempt, ERROR_BAD_OBJECT, -EFBIG, why, error);
	}
	if (answer->kind >= ANSWER_KIND_COUNT || !answer->message[0])
		return cannot_link(attempt, ERROR_INTERNAL, -EPROTO,
				   "the answer of the parser is invalid", error);
	error_set(error, ids[answer->kind], number, "%s", answer->message);
	error_detail(error, answer->detail);
	return number;
}

static int run(const struct attempt *attempt, struct blob *ret, struct error *error)
{
	cleanup(freep) struct answer *answer = malloc(sizeof(*answer));
	struct process process;
	struct ending ending;
	int result = answer ? start(attempt, &process, error) : error_memory(error);

	if (result < 0)
		return result;
	if (process_finish(&process, answer, sizeof(*answer), PARSER_SECONDS_MAX, &ending) <
	    sizeof(*answer))
		return explain_ending(attempt, &ending, error);
	if (answer->kind != ANSWER_DONE)
		return explain_answer(attempt, answer, error);
	return blob_read(attempt->fds[0], attempt->names, parser_result_max(attempt->size), ret,
			 error);
}

int sandbox_link(size_t n_files, const struct sandbox_file *files, struct blob *ret,
		 struct error *error)
{
	cleanup(attempt_done) struct attempt attempt = { .n_files = n_files, .files = files };
	int result = prepare(&attempt, error);

	return result < 0 ? result : run(&attempt, ret, error);
}
