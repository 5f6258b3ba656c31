// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "object/load-error.h"

#include "base/cleanup.h"
#include "object/kernel-versions.h"
#include "object/verifier-log.h"

#include <bpf/libbpf.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Groups of a pattern; the first is the whole match. */
#define GROUPS 4

/*
 * A message (an extended regular expression), and its meaning. $1 is the first group of the match, $h the
 * helper of that number, $m the likely fault of the map of that name. The messages differ between kernels:
 * kernel/bpf/verifier.c from 5.10 on, and bpf_object__create_map() and fixup_verifier_log() of libbpf.c.
 * docs/refusals.md has the whole table for users.
 */
static const struct {
	const char *pattern;
	const char *meaning;
} rows[] = {
	{ "invalid func unknown#([0-9]+)", "it calls $h" },
	{ "unknown func (bpf_[a-z0-9_]+)#|cannot use helper (bpf_[a-z0-9_]+)#",
	  "it calls $1$2(), which this kernel does not offer to XDP programs" },
	{ "failed to resolve CO-RE relocation <[a-z_]+> \\[[0-9]+\\] ([^(]+) \\(",
	  "it needs $1, which this kernel does not have; test for it with bpf_core_field_exists() "
	  "or a similar macro" },
	{ "cannot call GPL-restricted function|cannot call kernel function from non-GPL",
	  "it calls a function for GPL-compatible programs only, but its license is not; declare "
	  "char _license[] SEC(\"license\") = \"GPL\" if it is" },
	{ "combined stack size of ([0-9]+) calls is ([0-9]+)",
	  "$1 nested functions need $2 bytes of stack together; the maximum is 512" },
	{ "the call stack of ([0-9]+) frames is too deep",
	  "its calls are $1 functions deep; the maximum is 8" },
	{ "BPF program is too large|sequence of [0-9]+ jumps is too complex",
	  "it is too complex for the verifier, which stops after a million instructions; loops and "
	  "branches multiply, but bpf_loop() and global functions are verified once" },
	{ "infinite loop detected|back-edge from insn",
	  "it has a loop that the verifier cannot prove to end; use a loop that counts up to a "
	  "constant" },
	{ "invalid access to packet, off=(-?[0-9]+) size=([0-9]+), R[0-9]+\\(id=[1-9]",
	  "it accesses $2 bytes at offset $1 from a variable position in the packet without a "
	  "valid comparison with data_end; a comparison counts only if the value added to the "
	  "pointer is known to be below 65536" },
	{ "invalid access to packet, off=(-?[0-9]+) size=([0-9]+)",
	  "it accesses $2 bytes at offset $1 of the packet without comparing with data_end first" },
	{ "math between pkt pointer and register with unbounded",
	  "it adds a number without known bounds to a packet pointer; compare the number with a "
	  "constant first" },
	{ "R[0-9]+ min value is negative, either use unsigned|R[0-9]+ unbounded memory access, use",
	  "it passes a length without known bounds to a kernel function; compare the length with "
	  "constants first" },
	{ "invalid access to map value, value_size=([0-9]+) off=(-?[0-9]+) size=([0-9]+)",
	  "it accesses $3 bytes at offset $2 of a map value of $1 bytes; give the index a bound "
	  "that the verifier can see" },
	{ "invalid mem access '[a-z_]*or_null'",
	  "it uses a pointer that may be NULL, such as the result of bpf_map_lookup_elem(), "
	  "without testing it" },
	{ "Arg#[0-9]+ type PTR in ([A-Za-z0-9_]+)\\(\\) is not supported yet",
	  "its global function $1() has a pointer as an argument that is not the context, which "
	  "kernels before 5.12 do not accept; pass numbers, or make the function static if it is "
	  "not "
	  "a slot" },
	{ "metadata kfuncs require device-bound program",
	  "it reads packet metadata from the device (bpf_xdp_metadata_...()), which only a "
	  "device-bound program may do; bind it with 'attach --devbound'" },
	{ "R[0-9]+ !read_ok", "it uses a value that is not set on every path to this point" },
	{ "Unreleased reference", "it does not release on every path what it acquired, such as "
				  "memory from bpf_ringbuf_reserve()" },
	{ "couldn't reuse pinned map at '([^']+)': parameter mismatch",
	  "the map pinned at $1 differs from the one it declares under that name (type, sizes, "
	  "number of entries or flags); remove the pin if nothing needs it" },
	{ "map '([^']+)': failed to create: Invalid argument",
	  "this kernel cannot create map '$1': $m" },
	{ "map '([^']+)': failed to create: (Argument list too long|Cannot allocate memory)",
	  "map '$1' is too large for this kernel or its free memory" },
	{ "legacy map definitions in 'maps' section",
	  "it declares its maps in SEC(\"maps\"), which libbpf 1.0 no longer supports; use "
	  "SEC(\".maps\")" },
};

static void write_helper(FILE *text, int number)
{
	const struct kernel_version *helper = kernel_version_of_helper(number);

	if (helper)
		fprintf(text, "%s(), which was added in Linux %s and is not in this kernel",
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
			"xdpd uses maps as the object declares them"
		      : "its type, a flag or a size is not supported",
	      text);
}

/* Writes what the letter after a dollar stands for; false if it stands for nothing. */
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
			return NULL; /* out of memory */
		differs = regexec(&pattern, said, GROUPS, matches, 0);
		regfree(&pattern);
		if (!differs)
			return write_meaning(rows[i].meaning, opened, said, matches);
	}
	return NULL;
}

char *load_error_explain(const struct load_error *load_error)
{
	cleanup(freep) char *digest = verifier_log_digest(load_error->log);

	return explain(load_error->opened, digest ?: load_error->messages);
}

int load_error_set(const struct load_error *load_error, struct error *error)
{
	cleanup(freep) char *digest = verifier_log_digest(load_error->log);
	cleanup(freep) char *meaning = explain(load_error->opened, digest ?: load_error->messages);

	if (digest)
		error_set(error, ERROR_VERIFIER_REJECTED, load_error->failure,
			  "the verifier rejects '%s' of %s (%s)%s%s", load_error->program,
			  load_error->label, errno_name(load_error->failure), meaning ? ": " : "",
			  meaning ?: "");
	else
		error_set(error, ERROR_KERNEL_REFUSED, load_error->failure,
			  "'%s' of %s cannot be loaded (%s)%s%s", load_error->program,
			  load_error->label, errno_name(load_error->failure), meaning ? ": " : "",
			  meaning ?: "");
	error_detail(error, digest ?: load_error->messages);
	return load_error->failure;
}
