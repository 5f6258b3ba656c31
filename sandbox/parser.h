#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * What the parser, xdpd-object, and the processes that start it agree on.
 *
 *     xdpd-object PARSER_FORMAT LABEL...
 *
 * The labels are those of the object and of its libraries; errors name the files by them.
 */
#define PARSER_PROGRAM "xdpd-object"
#define PARSER_FORMAT  "1" /* of all of this: of the arguments, the descriptors and struct answer */

/* The parser's descriptors; no others are open. Of the files there is one for each label. */
enum parser_fd {
	PARSER_ANSWER = 1, /* a pipe, for one struct answer */
	PARSER_RESULT = 3, /* an empty file, for the linked object */
	PARSER_FILES = 4,
};

/* How it exits when it is asked in another format; otherwise it exits with 0. */
#define PARSER_STATUS_FORMAT 3

enum answer_kind {
	ANSWER_DONE,
	ANSWER_BAD_OBJECT,
	ANSWER_OUT_OF_MEMORY, /* more than parser_memory_max() */
	ANSWER_FAILED,	      /* for a reason that is not in the files */
	ANSWER_KIND_COUNT
};

struct answer {
	uint32_t kind;
	int32_t number;	    /* negative errno */
	char message[2048]; /* one sentence; cut if it is longer */
	char detail[4096];  /* libbpf's messages */
};

/* A legitimate link takes milliseconds, and less memory than this by a factor of ten. */
#define PARSER_SECONDS_MAX     10 /* from start to end */
#define PARSER_CPU_SECONDS_MAX 5

/* For files of that size together. */
static inline size_t parser_memory_max(size_t size)
{
	return (64 << 20) + 16 * size;
}

static inline size_t parser_result_max(size_t size)
{
	return (1 << 20) + 2 * size;
}
