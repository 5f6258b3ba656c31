#define _GNU_SOURCE
#include "object/refusal.h"

#include "base/cleanup.h"
#include "object/since.h"
#include "object/verifier.h"

#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a pattern; the first is all of it. */
#define GROUPS 4

/*
 * What is said (an extended regular expression), and what it means. $1 is what the first parentheses
 * matched; $h is the helper of that number. Kernels differ in their words: kernel/bpf/verifier.c from
 * 5.10 on, and bpf_object__create_map() and fixup_verifier_log() of libbpf.c. docs/refusals.md has the
 * whole table for users.
 */
static const struct {
	const char *pattern;
	const char *meaning;
} rows[] = {
	{ "invalid func unknown#([0-9]+)", "it calls $h" },
	{ "unknown func (bpf_[a-z0-9_]+)#|cannot use helper (bpf_[a-z0-9_]+)#",
	  "it calls $1$2(), which this kernel has not for XDP programs" },
	{ "failed to resolve CO-RE relocation <[a-z_]+> \\[[0-9]+\\] ([^(]+) \\(",
	  "it needs $1, which this kernel does not have; bpf_core_field_exists() and its like "
	  "ask before" },
	{ "cannot call GPL-restricted function",
	  "it calls what is for GPL-compatible programs only, and its license is not; "
	  "char _license[] SEC(\"license\") = \"GPL\" says that it is" },
	{ "combined stack size of ([0-9]+) calls is ([0-9]+)",
	  "$1 functions of it that call each other need $2 bytes of stack together; 512 is the "
	  "most" },
	{ "the call stack of ([0-9]+) frames is too deep",
	  "its functions call each other $1 deep; 8 is the most" },
	{ "BPF program is too large|sequence of [0-9]+ jumps is too complex",
	  "the verifier gives up on it: loops and branches multiply, and a million steps are the "
	  "most; bpf_loop() and global functions are followed once" },
	{ "infinite loop detected|back-edge from insn",
	  "it has a loop whose end the verifier does not see; one that counts up to a constant "
	  "has one" },
	{ "invalid access to packet, off=(-?[0-9]+) size=([0-9]+)",
	  "it uses $2 bytes at offset $1 of the packet that it has not compared with data_end "
	  "before" },
	{ "math between pkt pointer and register with unbounded",
	  "it adds a number without known bounds to a pointer into the packet; compare it with a "
	  "constant before" },
	{ "invalid mem access '[a-z_]*or_null'",
	  "it uses a pointer that may be NULL, as bpf_map_lookup_elem() returns it, without a "
	  "test" },
	{ "R[0-9]+ !read_ok", "it uses a value that is not set on every way there" },
	{ "Unreleased reference",
	  "it does not give back on every way to its end what it got, as from "
	  "bpf_ringbuf_reserve()" },
	{ "map '([^']+)': failed to create: Invalid argument",
	  "this kernel makes no such map as '$1': its type, a flag or a size is none here" },
	{ "map '([^']+)': failed to create: (Argument list too long|Cannot allocate memory)",
	  "map '$1' is larger than this kernel makes any, or has memory for" },
};

static void write_helper(FILE *text, int number)
{
	const struct since *helper = since_helper(number);

	if (helper)
		fprintf(text, "%s(), which came with Linux %s; this kernel has it not",
			helper->name, helper->version);
	else
		fprintf(text, "helper number %d, which this kernel does not have", number);
}

static char *write_meaning(const char *meaning, const char *said, const regmatch_t *matches)
{
	char *written = NULL;
	size_t size;
	FILE *text = open_memstream(&written, &size);

	if (!text)
		return NULL;
	for (; *meaning; meaning++) {
		bool is_group = *meaning == '$' && meaning[1] >= '1' && meaning[1] < '0' + GROUPS;
		const regmatch_t *match = is_group ? &matches[meaning[1] - '0'] : NULL;

		if (match && match->rm_so >= 0)
			fwrite(said + match->rm_so, 1, match->rm_eo - match->rm_so, text);
		else if (!strncmp(meaning, "$h", 2))
			write_helper(text, atoi(said + matches[1].rm_so));
		else if (!is_group)
			fputc(*meaning, text);
		meaning += is_group || !strncmp(meaning, "$h", 2);
	}
	if (fclose(text) == 0)
		return written;
	free(written);
	return NULL;
}

static char *explain(const char *said)
{
	for (size_t i = 0; i < array_size(rows); i++) {
		regmatch_t matches[GROUPS];
		regex_t pattern;
		int differs;

		if (regcomp(&pattern, rows[i].pattern, REG_EXTENDED) != 0)
			return NULL; /* no memory */
		differs = regexec(&pattern, said, GROUPS, matches, 0);
		regfree(&pattern);
		if (!differs)
			return write_meaning(rows[i].meaning, said, matches);
	}
	return NULL;
}

char *refusal_explain(const struct refusal *refusal)
{
	cleanup(freep) char *digest = verifier_digest(refusal->log);

	return explain(digest ?: refusal->messages);
}

int refusal_set(const struct refusal *refusal, struct error *error)
{
	cleanup(freep) char *digest = verifier_digest(refusal->log);
	cleanup(freep) char *meaning = explain(digest ?: refusal->messages);

	if (digest)
		error_set(error, ERROR_VERIFIER_REJECTED, refusal->failure,
			  "the verifier rejects '%s' of %s (%s)%s%s", refusal->program,
			  refusal->label, errno_name(refusal->failure), meaning ? ": " : "",
			  meaning ?: "");
	else
		error_set(error, ERROR_KERNEL_REFUSED, refusal->failure,
			  "'%s' of %s cannot be loaded (%s)%s%s", refusal->program, refusal->label,
			  errno_name(refusal->failure), meaning ? ": " : "", meaning ?: "");
	error_detail(error, digest ?: refusal->messages);
	return refusal->failure;
}
