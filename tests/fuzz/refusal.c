// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The messages of the verifier and of libbpf, which contain names from an object; a zero byte separates the
 * two.
 */
#include "object/load-error.h"

#include "base/cleanup.h"
#include "object/verifier-log.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void explain(const char *log, const char *messages)
{
	const struct load_error refusal = {
		.program = "fw", .label = "fw.o", .log = log, .messages = messages, .failure = -1
	};
	cleanup(error_done) struct error error = {};
	cleanup(freep) char *digest = verifier_log_digest(log);
	struct verifier_work work;

	free(load_error_explain(&refusal));
	load_error_set(&refusal, &error);
	verifier_work_read(log, &work);
	if (!error.message || work.n_functions > VERIFIER_FUNCTIONS_MAX)
		abort();
	if (digest && !*digest)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	cleanup(freep) char *text = malloc(size + 1);
	size_t length;

	memcpy(text, bytes, size);
	text[size] = '\0';
	length = strlen(text);
	explain(text, length < size ? text + length + 1 : "");
	return 0;
}
