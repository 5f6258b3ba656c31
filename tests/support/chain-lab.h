// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/probe.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/generation.h"
#include "daemon/linkers/linker.h"

/*
 * Builds chains without a daemon or a device, for tests and measurements that need thousands of them: the
 * linkers, and packets that the kernel runs on request.
 */
struct lab {
	struct features features;
	struct pin_directories directories;
	char directory[64]; /* of the pins */
	const struct trace_plan
		*trace; /* who traces the chains that are built from now on; NULL: nobody */
};

/*
 * On failure, ends the process with a message, like all functions here except lab_try_load() and
 * lab_try_build().
 */
void lab_open(struct lab *lab);
void lab_close(struct lab *lab);

/* Opens the linker of that name; NULL if the kernel lacks what it needs. */
struct linker *lab_linker(struct lab *lab, const char *name);

/*
 * Loads a component; NULL if the kernel refuses it; `why` then has the sentence, and must be freed.
 */
struct component *lab_try_load(struct lab *lab, struct linker *linker, const char *path,
			       char **why);

/* Loads a policy, and a component for one of its slots. */
struct component *lab_load_policy(struct lab *lab, struct linker *linker, const char *path);
struct component *lab_load_for_slot(struct lab *lab, struct linker *linker, const char *path,
				    const char *program, const char *slot,
				    const struct component *policy);

/* Builds a chain; NULL and `why` as above. */
struct generation *lab_try_build(struct lab *lab, struct linker *linker, bool call_all,
				 bool uncounted, const struct placement *placements,
				 size_t n_placements, char **why);

/* The same for a policy with components in its slots. */
struct generation *lab_try_build_policy(struct lab *lab, struct linker *linker,
					struct component *policy,
					const struct placement *placements, size_t n_placements,
					char **why);

/* The same, but a failure ends the process. */
struct component *lab_load(struct lab *lab, struct linker *linker, const char *path);
struct generation *lab_build(struct lab *lab, struct linker *linker, bool call_all, bool uncounted,
			     const struct placement *placements, size_t n_placements);

#define LAB_PACKET_MAX 3000

struct lab_packet {
	size_t length;
	unsigned char bytes[LAB_PACKET_MAX];
};

/* Runs the program on the packet, which it changes; returns the verdict. */
uint32_t lab_run(int program_fd, struct lab_packet *packet);

/*
 * Nanoseconds for one packet, as the mean of that many runs: of this thread's time, and, in `*ret_kernel`,
 * as the kernel measures it, which leaves out what happens before and after the program, but only in whole
 * numbers.
 */
double lab_time(int program_fd, const struct lab_packet *packet, unsigned int count,
		unsigned int *ret_kernel);

/*
 * Packets a second if each is a real one: allocated, received on the loopback device, run, and passed to the
 * network stack or dropped by its verdict. 0 if the kernel cannot do this (before 5.18).
 */
double lab_rate(int program_fd, const struct lab_packet *packet, unsigned int count);

void lab_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
