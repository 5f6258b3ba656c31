// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "object/verifier-log.h"

#include "base/cleanup.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

unsigned int frame_size(unsigned int bytes)
{
	return bytes ? (bytes + FRAME_ROUND - 1) / FRAME_ROUND * FRAME_ROUND : FRAME_ROUND;
}

/* Reads "16+0+24" after the words "stack depth". */
static void read_stacks(const char *text, struct verifier_work *ret)
{
	char *end;

	do {
		unsigned long bytes = strtoul(text, &end, 10);

		if (end == text || ret->n_functions == VERIFIER_FUNCTIONS_MAX) {
			ret->n_functions = 0;
			return;
		}
		ret->stack[ret->n_functions++] = bytes;
		text = end + 1;
	} while (*end == '+');
}

void verifier_work_read(const char *log, struct verifier_work *ret)
{
	static const char processed[] = "processed ", stack[] = "stack depth ";
	size_t end = strlen(log);

	*ret = (struct verifier_work){};
	while (end > 0 && !(ret->processed && ret->n_functions)) {
		size_t start = end;

		while (start > 0 && log[start - 1] != '\n')
			start--;
		if (!strncmp(log + start, processed, strlen(processed)) && !ret->processed)
			ret->processed = strtoul(log + start + strlen(processed), NULL, 10);
		if (!strncmp(log + start, stack, strlen(stack)) && !ret->n_functions)
			read_stacks(log + start + strlen(stack), ret);
		end = start ? start - 1 : 0;
	}
}

/* The verifier ends its log with statistics, which never show why it refused a program. */
static bool is_statistics(const char *line, size_t length)
{
	static const char *const starts[] = { "processed ", "verification time ", "stack depth " };

	for (size_t i = 0; i < array_size(starts); i++)
		if (length >= strlen(starts[i]) && !memcmp(line, starts[i], strlen(starts[i])))
			return true;
	return false;
}

char *verifier_log_digest(const char *log)
{
	const char *end = log + strlen(log);
	size_t kept = 0, total = 0;
	struct {
		const char *start;
		size_t length;
	} lines[VERIFIER_LOG_DIGEST_LINES];
	char *digest, *to;

	while (end > log && kept < VERIFIER_LOG_DIGEST_LINES) {
		const char *newline = memrchr(log, '\n', end - log);
		const char *start = newline ? newline + 1 : log;
		size_t length = end - start;

		if (length > 0 && !is_statistics(start, length)) {
			lines[kept].start = start;
			lines[kept++].length = length;
			total += length + 1;
		}
		end = newline ? newline : log;
	}
	if (!kept)
		return NULL;
	digest = to = malloc(total);
	if (!digest)
		return NULL;
	while (kept-- > 0) {
		to = mempcpy(to, lines[kept].start, lines[kept].length);
		*to++ = kept ? '\n' : '\0';
	}
	return digest;
}
