// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stddef.h>

/* The bits of the kernel's log level (include/linux/bpf_verifier.h). */
#define VERIFIER_LOG_REASONS	1
#define VERIFIER_LOG_STATISTICS 4

/* The maximum that kernels before 5.19 accept; pages that are not written cost nothing. */
#define VERIFIER_LOG_SIZE (16 << 20)

/* How large a log of that level can be. Statistics are short; small memory is reused, large memory is not. */
static inline size_t verifier_log_size(unsigned int level)
{
	return level == VERIFIER_LOG_STATISTICS ? 64 << 10 : VERIFIER_LOG_SIZE;
}

/* The kernel's BPF_MAX_SUBPROGS. */
#define VERIFIER_FUNCTIONS_MAX 256

/* A program's stack, and how the kernel rounds frames (kernel/bpf/verifier.c). */
#define STACK_MAX   512
#define FRAME_ROUND 32
#define FRAMES_MAX  8
/* The maximum stack above a function that makes a tail call. */
#define TAIL_CALL_STACK_MAX 256

/* The size of a frame after the kernel's rounding. */
unsigned int frame_size(unsigned int bytes);

/* How much work the verifier had with a program, from the end of its log. */
struct verifier_work {
	unsigned long processed; /* instructions, counted along all paths; 0: unknown */
	size_t n_functions;	 /* 0: unknown */
	/* Stack bytes of each function, the program first. */
	unsigned short stack[VERIFIER_FUNCTIONS_MAX];
};

/* Reads the statistics at the end of a log; what is missing there stays unknown. Pure. */
void verifier_work_read(const char *log, struct verifier_work *ret);

/* Maximum number of lines that verifier_log_digest() keeps. */
#define VERIFIER_LOG_DIGEST_LINES 12

/*
 * The lines of a verifier log that show why it refused a program: the last ones before the closing statistics
 * ("processed N insns ..."), and a few instructions before them. The caller frees the string; NULL if there
 * are none, or no memory. Pure.
 */
char *verifier_log_digest(const char *log);
