#pragma once

#include <stddef.h>

/* What the kernel's log level asks for (include/linux/bpf_verifier.h). */
#define VERIFIER_LOG_REASONS	1
#define VERIFIER_LOG_STATISTICS 4

/* The most that kernels before 5.19 take; pages that nobody writes cost nothing. */
#define VERIFIER_LOG_SIZE (16 << 20)

/* The kernel's BPF_MAX_SUBPROGS. */
#define VERIFIER_FUNCTIONS_MAX 256

/* A program's stack, and the kernel's way of rounding frames (kernel/bpf/verifier.c). */
#define STACK_MAX   512
#define FRAME_ROUND 32
#define FRAMES_MAX  8
/* A function that makes a tail call may have less than this above it. */
#define TAIL_CALL_STACK_MAX 256

/* What a frame of so many bytes counts, as the kernel rounds it. */
unsigned int frame_size(unsigned int bytes);

/* How much work the verifier had with a program, and what it found: the end of its log. */
struct verifier_work {
	unsigned long processed; /* instructions, along all paths it took; 0: not known */
	size_t n_functions;	 /* 0: not known */
	unsigned short stack
		[VERIFIER_FUNCTIONS_MAX]; /* bytes of each function, the first is the program */
};

/* Reads the statistics at the end of a log; what is not in it stays unknown. Pure. */
void verifier_work_read(const char *log, struct verifier_work *ret);

/* Lines that verifier_log_digest() keeps. */
#define VERIFIER_LOG_DIGEST_LINES 12

/*
 * The lines of a verifier log that decide, in order: the last ones before the closing statistics
 * ("processed N insns ..."), where the verifier says why it refused, with a few instructions
 * before it. Returns a string to free(), NULL if there are none or no memory. Pure.
 */
char *verifier_log_digest(const char *log);
