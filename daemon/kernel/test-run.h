// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a frame that fit into one buffer (net/bpf/test_run.c, with pages of 4 KiB). */
#define TEST_RUN_BUFFER 3520
/* Room for a frame after the program: no program can make it much longer than that. */
#define TEST_RUN_SIZE_MAX (256 * 1024)

/* Runs frames through a program with BPF_PROG_TEST_RUN: no device sees them. */
struct test_run {
	int program_fd;
	bool frags; /* the program accepts multi-buffer packets */
	/*
	 * The device on which the frames appear to arrive, in the thread's network namespace; 0: none,
	 * because the kernel cannot set one.
	 */
	unsigned int ifindex;
	unsigned char *bytes; /* TEST_RUN_SIZE_MAX bytes: the latest frame after the program */
	size_t size;
	uint32_t returned; /* the verdict of the program */
};

/* The caller keeps `program_fd`. -ENOMEM. Free with test_run_done(). */
int test_run_init(struct test_run *run, int program_fd, bool frags, unsigned int ifindex);
void test_run_done(struct test_run *run);

/*
 * Runs one frame. Returns 0, or a negative errno if the kernel does not accept it: -EINVAL for a size that
 * it cannot run, -EMSGSIZE for a frame that is longer than the program can see. Kernels before 5.14 cannot
 * set a device: then `ifindex` becomes 0.
 */
int test_run_frame(struct test_run *run, const void *frame, size_t size);
