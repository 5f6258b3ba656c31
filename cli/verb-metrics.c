// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "cli/metrics.h"
#include "cli/show.h"
#include "cli/verb.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct option_row options[] = {
	{ "format", "openmetrics|prometheus", NULL,
	  "text format (default: openmetrics; for a textfile prometheus)" },
	{ "textfile", "PATH", NULL,
	  "write to the file PATH, in one step, for node_exporter (NAME.prom)" },
	{},
};

static enum exit_status fail(const char *path, const char *what)
{
	report_error("cannot %s '%s': %s", what, path, strerror(errno));
	return EXIT_REFUSED;
}

/* Every user can read it, because node_exporter is another user. False: errno has the reason. */
static bool write_file(int fd, const json_t *reply, enum metrics_format format)
{
	FILE *file = fdopen(fd, "w");
	bool is_good;

	if (!file) {
		close(fd);
		return false;
	}
	metrics_print(file, reply, format);
	is_good = fflush(file) == 0 && !ferror(file) && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
	return fclose(file) == 0 && is_good;
}

/* The temporary name does not end in ".prom", so no reader takes an incomplete file for a complete one. */
static enum exit_status write_aside(const char *path, const json_t *reply,
				    enum metrics_format format)
{
	cleanup(freep) char *aside = NULL;
	enum exit_status status = EXIT_DONE;
	int fd;

	if (asprintf(&aside, "%s.XXXXXX", path) < 0)
		abort();
	fd = mkostemp(aside, O_CLOEXEC);
	if (fd < 0)
		return fail(path, "create");
	if (!write_file(fd, reply, format))
		status = fail(path, "write");
	else if (rename(aside, path) < 0)
		status = fail(path, "replace");
	if (status != EXIT_DONE)
		unlink(aside);
	return status;
}

static enum exit_status prepare(const struct invocation *invocation, void *request)
{
	const char *name = option_given(invocation, "format");
	enum metrics_format format;

	(void)request;
	if (name && !metrics_format_parse(name, &format))
		return usage(invocation->verb, "--format takes openmetrics or prometheus, not '%s'",
			     name);
	return EXIT_DONE;
}

static enum exit_status answer(const struct invocation *invocation, const json_t *parameters)
{
	const char *name = option_given(invocation, "format");
	const char *path = option_given(invocation, "textfile");
	enum metrics_format format = path ? METRICS_PROMETHEUS : METRICS_OPENMETRICS;

	if (name)
		metrics_format_parse(name, &format);
	if (path)
		return write_aside(path, parameters, format);
	if (invocation->json)
		show_json(parameters);
	else
		metrics_print(stdout, parameters, format);
	return EXIT_DONE;
}

const struct verb verb_metrics = {
	.name = "metrics",
	.summary = "Print counters and states in the format of OpenMetrics or Prometheus.",
	.method = METHOD_METRICS,
	.options = options,
	.prepare = prepare,
	.keeps_reply = true,
	.answer = answer,
};
