#pragma once

#include "daemon/kernel/info/prog-info.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A program that runs at the entry or exit of functions of another one (fentry, fexit, fmod_ret). */
struct tracer {
	char name[PROGRAM_NAME_MAX];
	uint32_t program_id;
	uint32_t link_id;
	uint32_t target_id; /* of the program that it traces */
};

/*
 * Looks through the links of the kernel for one that traces a program with one of these ids. False: there is none, or
 * it is not known: kernels before 5.13 do not report what a link is attached to. It takes about a microsecond a link.
 */
bool tracers_find(const uint32_t *program_ids, size_t n_program_ids, struct tracer *ret);

/* "the program 'trace_entry' (id 7) of bpftrace (PID 42)", to be freed; NULL: no memory. Looks through /proc. */
char *tracer_describe(const struct tracer *tracer);
