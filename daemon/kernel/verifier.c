#define _GNU_SOURCE
#include "daemon/kernel/verifier.h"

#include "base/cleanup.h"

#include <stdbool.h>
#include <string.h>

/* The verifier ends its log with how much work it had. That never decides. */
static bool is_statistics(const char *line, size_t length)
{
	static const char *const starts[] = { "processed ", "verification time ", "stack depth " };

	for (size_t i = 0; i < array_size(starts); i++)
		if (length >= strlen(starts[i]) && !memcmp(line, starts[i], strlen(starts[i])))
			return true;
	return false;
}

char *verifier_digest(const char *log)
{
	const char *end = log + strlen(log);
	size_t kept = 0, total = 0;
	struct {
		const char *start;
		size_t length;
	} lines[VERIFIER_DIGEST_LINES];
	char *digest, *to;

	while (end > log && kept < VERIFIER_DIGEST_LINES) {
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
