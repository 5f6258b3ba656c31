// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/info/prog-info.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A program that runs at the entry or exit of a function of another program (fentry, fexit, fmod_ret).
 */
struct tracing_program {
	char name[PROGRAM_NAME_MAX];
	uint32_t program_id;
	uint32_t link_id;
	uint32_t target_id; /* of the program that it traces */
};

/*
 * Was any tracing program loaded after the program with this id? A tracing program is verified against the
 * program that it traces and can be linked to no other (kernel/bpf/syscall.c, bpf_tracing_prog_attach()), so it
 * has a higher id than that program, and the programs that were loaded before need not be looked at. It takes
 * about a microsecond per program that was loaded after.
 */
bool tracing_programs_loaded_after(uint32_t program_id);

/*
 * Searches the links of the kernel for one that traces a program with one of these ids. False: there is
 * none, or it cannot be known, because kernels before 5.13 do not report what a link is attached to. It
 * takes about a microsecond per link, but looks at no link unless tracing_programs_loaded_after() is true for one of the
 * programs.
 */
bool tracing_programs_find(const uint32_t *program_ids, size_t n_program_ids,
			   struct tracing_program *ret);

/*
 * Describes the program, for example "the program 'trace_entry' (id 7) of bpftrace (PID 42)". To be freed;
 * NULL: no memory. Searches /proc for the process.
 */
char *tracing_program_describe(const struct tracing_program *program);
