// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/record/background.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* Everything that a child reports at its beginning: {"status": 0, "answer": {}, "errors": "..."}. */
#define REPORT_MAX (1 << 20)

struct background {
	int report_fd;
	FILE *stderr_before;
	char *errors;
	size_t n_errors;
};

/* It keeps nothing of the caller that could keep others waiting, such as the other end of a pipe. */
static void detach(struct background *background)
{
	cleanup(closep) int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	fclose(stderr);
	stderr = background->stderr_before;
	free(steal(background->errors));
}

/* After a failure to send it there is nothing to be done but to end. */
static bool send_report(struct background *background, enum exit_status status,
			const json_t *answer)
{
	cleanup(json_decrefp) json_t *report = NULL;
	cleanup(freep) char *text = NULL;
	bool sent;

	fflush(stderr);
	report = json_pack("{s:i, s:O?, s:s?}", "status", (int)status, "answer", (json_t *)answer,
			   "errors", background->errors);
	text = report ? json_dumps(report, JSON_COMPACT) : NULL;
	sent = text && file_write_all(background->report_fd, text, strlen(text)) == 0;
	closep(&background->report_fd);
	return sent;
}

bool background_report(struct background *background, const json_t *answer)
{
	bool sent = send_report(background, EXIT_DONE, answer);

	detach(background);
	return sent;
}

static void close_others(int kept)
{
	if (kept > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, kept - 1, 0);
	close_range(kept + 1, ~0u, 0);
}

static void be_child(int report_fd, background_work work, void *userdata)
{
	struct background background = { .report_fd = report_fd, .stderr_before = stderr };
	json_t *refusal = NULL;
	enum exit_status status;

	setsid();
	close_others(report_fd);
	signal(SIGPIPE, SIG_IGN);
	stderr = open_memstream(&background.errors, &background.n_errors);
	if (!stderr)
		_exit(EXIT_REFUSED);
	status = work(&background, userdata, &refusal);
	if (background.report_fd >= 0)
		send_report(&background, status, refusal);
	_exit(status); /* without writing again what the parent has in its buffers */
}

/* Until the child closes its end. */
static json_t *read_report(int fd)
{
	cleanup(freep) char *text = malloc(REPORT_MAX);
	size_t size = 0;
	ssize_t result = 1;

	while (text && result != 0 && size < REPORT_MAX) {
		result = read(fd, text + size, REPORT_MAX - size);
		if (result < 0 && errno != EINTR)
			break;
		size += result > 0 ? (size_t)result : 0;
	}
	return text ? json_loadb(text, size, 0, NULL) : NULL;
}

static enum exit_status take_report(const json_t *report, pid_t child, json_t **ret)
{
	const char *errors = json_string_value(json_object_get(report, "errors"));
	const json_t *status = json_object_get(report, "status");
	json_t *answer = json_object_get(report, "answer");

	fputs(errors ?: "", stderr);
	if (!json_is_integer(status)) {
		report_error("the process %d, which was to work in the background, ended "
			     "unexpectedly",
			     (int)child);
		return EXIT_REFUSED;
	}
	if (json_is_object(answer))
		*ret = json_incref(answer);
	return (enum exit_status)json_integer_value(status);
}

enum exit_status background_run(background_work work, void *userdata, json_t **ret)
{
	cleanup(json_decrefp) json_t *report = NULL;
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		report_error("cannot start a process in the background: %s", errno_name(errno));
		return EXIT_REFUSED;
	}
	child = fork();
	if (child == 0)
		be_child(ends[1], work, userdata);
	close(ends[1]);
	if (child < 0)
		report_error("cannot start a process in the background: %s", errno_name(errno));
	else
		report = read_report(ends[0]);
	close(ends[0]);
	return child < 0 ? EXIT_REFUSED : take_report(report, child, ret);
}
