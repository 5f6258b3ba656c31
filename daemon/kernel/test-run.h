#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a frame that fit into one buffer (net/bpf/test_run.c, 4 KiB pages). */
#define TEST_RUN_BUFFER 3520
/* What a frame may become: no program can make it longer than that by much. */
#define TEST_RUN_SIZE_MAX (256 * 1024)

/* Runs frames through a program, by BPF_PROG_TEST_RUN: no device sees them. */
struct test_run {
	int program_fd;
	bool frags; /* the program takes frames in several buffers */
	/* Where frames come in, in the thread's namespace; 0: nowhere, since the kernel does not say. */
	unsigned int ifindex;
	unsigned char *bytes; /* TEST_RUN_SIZE_MAX: what became of the latest frame */
	size_t size;
	uint32_t returned; /* by the program */
};

/* `program_fd` stays the caller's. -ENOMEM. Free with test_run_done(). */
int test_run_init(struct test_run *run, int program_fd, bool frags, unsigned int ifindex);
void test_run_done(struct test_run *run);

/*
 * Runs one frame. A negative errno if the kernel does not take it: -EINVAL for a size that it does not
 * run, -EMSGSIZE for one that is longer than the program can see. Kernels before 5.14 know of no device:
 * then `ifindex` becomes 0.
 */
int test_run_frame(struct test_run *run, const void *frame, size_t size);
