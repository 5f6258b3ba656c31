// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* xdpd-object parses objects from outside for xdpd and xdpctl, and has no rights. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "object/libbpf-log.h"
#include "object/link-check.h"
#include "parser/static-link.h"
#include "parser/zygote.h"
#include "sandbox/lockdown.h"
#include "sandbox/parser.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* The file is the launcher's copy, which does not change. */
static int map_file(int fd, char *label, struct object *ret)
{
	struct stat status;
	void *bytes;

	if (fstat(fd, &status) < 0)
		return -errno;
	/* One byte more, because an empty file cannot be mapped. */
	bytes = mmap(NULL, status.st_size + 1, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	*ret = (struct object){ .label = label, .blob = { bytes, status.st_size } };
	return 0;
}

static int map_files(size_t n, char **labels, struct object *ret, size_t *ret_size,
		     struct error *error)
{
	for (size_t i = 0; i < n; i++) {
		int result = map_file(PARSER_FILES + (int)i, labels[i], &ret[i]);

		if (result < 0)
			return error_set(error, ERROR_INTERNAL, result,
					 "the parser cannot read %s: %s", labels[i],
					 errno_name(result));
		*ret_size += ret[i].blob.size;
	}
	return 0;
}

/* The process gives up its rights before it reads anything of the files. */
static int link_files(size_t n, char **labels, struct error *error)
{
	static const struct link_fds fds = { PARSER_RESULT, PARSER_FILES };
	struct object *objects = calloc(n, sizeof(*objects));
	size_t size = 0;
	int result = objects ? map_files(n, labels, objects, &size, error) : error_memory(error);
	const struct lockdown limits = {
		.memory = parser_memory_max(size),
		.file_size = parser_result_max(size),
		.cpu_seconds = PARSER_CPU_SECONDS_MAX,
		.n_fds = PARSER_FILES + n +
			 2, /* libbpf opens the result, and the files one after the other */
	};

	if (result == 0)
		result = lockdown(&limits, error);
	if (result == 0)
		result = static_link_check(&objects[0], n - 1, &objects[1], error);
	return result < 0 ? result : static_link(&fds, n, objects, error);
}

static uint32_t answer_kind(enum error_id id)
{
	switch (id) {
	case ERROR_NONE:
		return ANSWER_DONE;
	case ERROR_BAD_OBJECT:
		return ANSWER_BAD_OBJECT;
	case ERROR_OUT_OF_MEMORY:
		return ANSWER_OUT_OF_MEMORY;
	default:
		return ANSWER_FAILED;
	}
}

static void answer(const struct error *error)
{
	static struct answer answer;

	answer.kind = answer_kind(error->id);
	answer.number = error->number;
	snprintf(answer.message, sizeof(answer.message), "%s", error->message ?: "");
	snprintf(answer.detail, sizeof(answer.detail), "%s", error->detail ?: "");
	for (size_t done = 0; done < sizeof(answer);) {
		ssize_t count = write(PARSER_ANSWER, (const char *)&answer + done,
				      sizeof(answer) - done);

		if (count < 0)
			break;
		done += count;
	}
}

int main(int argc, char **argv)
{
	struct error error = {};

	if (argc < 2 || fcntl(PARSER_RESULT, F_GETFD) < 0) {
		fprintf(stderr, PARSER_PROGRAM ": only xdpd and xdpctl can start this program\n");
		return 2;
	}
	if (strcmp(argv[1], PARSER_FORMAT) != 0)
		return PARSER_STATUS_FORMAT;
	if (argc == 2) {
		zygote_run();
		_exit(EXIT_SUCCESS);
	}
	libbpf_log_init();
	link_files(argc - 2, argv + 2, &error);
	answer(&error);
	_exit(EXIT_SUCCESS); /* destructors of libraries are not needed */
}
