#pragma once

#include "daemon/kernel/probe.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/generation.h"
#include "daemon/linkers/linker.h"

/*
 * Chains without a daemon or a device, for tests and measurements that build thousands of them:
 * the linkers, and packets that the kernel runs on request.
 */
struct lab {
	struct features features;
	struct pin_directories directories;
	char directory[64]; /* of the pins */
};

/* Ends the process with a message if it fails, as all of these do, but for lab_try_load(). */
void lab_open(struct lab *lab);
void lab_close(struct lab *lab);

/* NULL if the kernel does not have what the linker needs. */
struct linker *lab_linker(struct lab *lab, const char *name);

/* NULL if the kernel refuses it; `why` then has the sentence, and must be freed. */
struct component *lab_try_load(struct lab *lab, struct linker *linker, const char *path,
			       char **why);

/* A policy, and a component for one of its slots. */
struct component *lab_load_policy(struct lab *lab, struct linker *linker, const char *path);
struct component *lab_load_for_slot(struct lab *lab, struct linker *linker, const char *path,
				    const char *program, const char *slot,
				    const struct component *policy);

/* NULL and `why` as above. */
struct generation *lab_try_build(struct lab *lab, struct linker *linker, bool call_all,
				 bool uncounted, const struct placement *placements,
				 size_t n_placements, char **why);

/* The same for a policy with components in its slots. */
struct generation *lab_try_build_policy(struct lab *lab, struct linker *linker,
					struct component *policy,
					const struct placement *placements, size_t n_placements,
					char **why);

/* The same, where it must work. */
struct component *lab_load(struct lab *lab, struct linker *linker, const char *path);
struct generation *lab_build(struct lab *lab, struct linker *linker, bool call_all, bool uncounted,
			     const struct placement *placements, size_t n_placements);

#define LAB_PACKET_MAX 3000

struct lab_packet {
	size_t length;
	unsigned char bytes[LAB_PACKET_MAX];
};

/* Runs the program on the packet, which becomes what it is afterwards; returns the verdict. */
uint32_t lab_run(int program_fd, struct lab_packet *packet);

/*
 * Nanoseconds for one packet, the mean of so many: of this thread's time, and, in `*ret_kernel`, as
 * the kernel counts it, without what goes before and after, but in whole numbers.
 */
double lab_time(int program_fd, const struct lab_packet *packet, unsigned int count,
		unsigned int *ret_kernel);

/*
 * Packets a second when each is a real one: allocated, received on the loopback device, run, and
 * given to the network stack or dropped as the verdict says. 0 if the kernel cannot (before 5.18).
 */
double lab_rate(int program_fd, const struct lab_packet *packet, unsigned int count);

void lab_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
