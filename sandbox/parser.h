// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * What the parser, xdpd-object, and the processes that start it agree on.
 *
 *     xdpd-object PARSER_FORMAT LABEL...
 *
 * The labels are those of the object and of its libraries; errors name the files by them.
 *
 *     xdpd-object PARSER_FORMAT
 *
 * The zygote: for each socket that it is sent over its descriptor PARSER_CONTROL it makes a process that has the
 * conversation (sandbox/calls.h), and answers with how that process ended, as from waitpid(2).
 */
#define PARSER_PROGRAM "xdpd-object"
#define PARSER_FORMAT  "4" /* version of all of this: of arguments, descriptors and struct answer */

/* The parser's descriptors; no others are open. There is one descriptor of a file for each label. */
enum parser_fd {
	PARSER_ANSWER = 1, /* a pipe, for one struct answer */
	PARSER_RESULT = 3, /* an empty file, for the linked object */
	PARSER_FILES = 4,
	/* Of the zygote, and of a process that it starts. */
	PARSER_CONTROL = 3,
	PARSER_SOCKET = 4,
};

/*
 * The number that is sent with a socket is the size of the object; or it is PARSER_ZYGOTE, for a conversation
 * of the zygote itself, about a trusted object: to find out what the kernel supports.
 */
#define PARSER_ZYGOTE UINT64_MAX

/* Its exit status if it was built for another format; otherwise it exits with 0. */
#define PARSER_STATUS_FORMAT 3

enum answer_kind {
	ANSWER_DONE,
	ANSWER_BAD_OBJECT,
	ANSWER_OUT_OF_MEMORY, /* more than parser_memory_max() */
	ANSWER_FAILED,	      /* for a reason outside of the files */
	ANSWER_KIND_COUNT
};

struct answer {
	uint32_t kind;
	int32_t number;	    /* negative errno */
	char message[2048]; /* one sentence; a longer one is cut */
	char detail[4096];  /* libbpf's messages */
};

/* A legitimate link takes milliseconds, and a tenth of the memory that it may use. */
#define PARSER_SECONDS_MAX     10 /* from start to end */
#define PARSER_CPU_SECONDS_MAX 5

/* The maximum for files of that total size. */
static inline size_t parser_memory_max(size_t size)
{
	return (64 << 20) + 16 * size;
}

static inline size_t parser_result_max(size_t size)
{
	return (1 << 20) + 2 * size;
}

/* The largest object that a conversation can be about. */
#define PARSER_OBJECT_MAX ((size_t)256 << 20)

/* Descriptors of a conversation: libbpf has two for each map. */
#define PARSER_DESCRIPTORS_MAX 4096
