#define _GNU_SOURCE
#include "object/refusal.h"

#include "base/cleanup.h"
#include "object/since.h"
#include "object/verifier.h"

#include <bpf/libbpf.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a pattern; the first is all of it. */
#define GROUPS 4

/*
 * What is said (an extended regular expression), and what it means. $1 is what the first parentheses
 * matched; $h is the helper of that number, $m what may be wrong with the map of that name. Kernels differ in their words: kernel/bpf/verifier.c from
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
	{ "cannot call GPL-restricted function|cannot call kernel function from non-GPL",
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
	{ "invalid access to packet, off=(-?[0-9]+) size=([0-9]+), R[0-9]+\\(id=[1-9]",
	  "it uses $2 bytes at offset $1 from a place in the packet that varies, which no "
	  "comparison with data_end covers; one counts only if what was added to the pointer is "
	  "known to be below 65536" },
	{ "invalid access to packet, off=(-?[0-9]+) size=([0-9]+)",
	  "it uses $2 bytes at offset $1 of the packet that it has not compared with data_end "
	  "before" },
	{ "math between pkt pointer and register with unbounded",
	  "it adds a number without known bounds to a pointer into the packet; compare it with a "
	  "constant before" },
	{ "R[0-9]+ min value is negative, either use unsigned|R[0-9]+ unbounded memory access, use",
	  "it gives a function of the kernel a length without known bounds; compare it with "
	  "constants before" },
	{ "invalid access to map value, value_size=([0-9]+) off=(-?[0-9]+) size=([0-9]+)",
	  "it uses $3 bytes at offset $2 of a map's value, which has $1; an index needs a bound "
	  "that the verifier sees" },
	{ "invalid mem access '[a-z_]*or_null'",
	  "it uses a pointer that may be NULL, as bpf_map_lookup_elem() returns it, without a "
	  "test" },
	{ "metadata kfuncs require device-bound program",
	  "it asks the device about packets (bpf_xdp_metadata_...()), which only a program may "
	  "that "
	  "is bound to one; 'attach --devbound' binds it" },
	{ "R[0-9]+ !read_ok", "it uses a value that is not set on every way there" },
	{ "Unreleased reference",
	  "it does not give back on every way to its end what it got, as from "
	  "bpf_ringbuf_reserve()" },
	{ "couldn't reuse pinned map at '([^']+)': parameter mismatch",
	  "what is pinned at $1 is another map than the one it declares by that name: the type, "
	  "the sizes, the number of entries or the flags differ; remove that pin if nobody needs "
	  "it" },
	{ "map '([^']+)': failed to create: Invalid argument",
	  "this kernel makes no such map as '$1': $m" },
	{ "map '([^']+)': failed to create: (Argument list too long|Cannot allocate memory)",
	  "map '$1' is larger than this kernel makes any, or has memory for" },
	{ "legacy map definitions in 'maps' section",
	  "its maps are declared in the way that libbpf gave up with 1.0, SEC(\"maps\"); "
	  "SEC(\".maps\") is how it is done now" },
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

static void write_map(FILE *text, const struct bpf_object *opened, const char *said,
		      const regmatch_t *match)
{
	cleanup(freep) char *name = strndup(said + match->rm_so, match->rm_eo - match->rm_so);
	const struct bpf_map *map = opened && name ? bpf_object__find_map_by_name(opened, name)
						   : NULL;

	fputs(map && !bpf_map__max_entries(map)
		      ? "it has no number of entries (max_entries), which its own loader may set; "
			"xdpd takes maps as the object declares them"
		      : "its type, a flag or a size is none here",
	      text);
}

/* The letter behind a dollar: false if it stands for nothing. */
static bool write_variable(FILE *text, char letter, const struct bpf_object *opened,
			   const char *said, const regmatch_t *matches)
{
	if (letter == 'h')
		write_helper(text, atoi(said + matches[1].rm_so));
	else if (letter == 'm')
		write_map(text, opened, said, &matches[1]);
	else if (letter < '1' || letter >= '0' + GROUPS)
		return false;
	else if (matches[letter - '0'].rm_so >= 0)
		fwrite(said + matches[letter - '0'].rm_so, 1,
		       matches[letter - '0'].rm_eo - matches[letter - '0'].rm_so, text);
	return true;
}

static char *write_meaning(const char *meaning, const struct bpf_object *opened, const char *said,
			   const regmatch_t *matches)
{
	char *written = NULL;
	size_t size;
	FILE *text = open_memstream(&written, &size);

	if (!text)
		return NULL;
	for (; *meaning; meaning++) {
		if (*meaning == '$' && write_variable(text, meaning[1], opened, said, matches))
			meaning++;
		else
			fputc(*meaning, text);
	}
	if (fclose(text) == 0)
		return written;
	free(written);
	return NULL;
}

static char *explain(const struct bpf_object *opened, const char *said)
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
			return write_meaning(rows[i].meaning, opened, said, matches);
	}
	return NULL;
}

char *refusal_explain(const struct refusal *refusal)
{
	cleanup(freep) char *digest = verifier_digest(refusal->log);

	return explain(refusal->opened, digest ?: refusal->messages);
}

int refusal_set(const struct refusal *refusal, struct error *error)
{
	cleanup(freep) char *digest = verifier_digest(refusal->log);
	cleanup(freep) char *meaning = explain(refusal->opened, digest ?: refusal->messages);

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
