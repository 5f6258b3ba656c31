// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the test components share. */
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* Frames of tests/integration/packets.c: an 8-byte sequence number, then what to do with it. */
#define TEST_PROTOCOL 0x88b5

struct test_frame {
	struct ethhdr ethernet;
	__u64 sequence;
	__u8 verdict[8]; /* for component 0, 1, ... */
} __attribute__((packed));

/* The frame, or NULL if it is none of ours. */
static __always_inline struct test_frame *test_frame(struct xdp_md *ctx)
{
	struct test_frame *frame = (void *)(long)ctx->data;

	if ((void *)(frame + 1) > (void *)(long)ctx->data_end ||
	    frame->ethernet.h_proto != bpf_htons(TEST_PROTOCOL))
		return NULL;
	return frame;
}

/* Component N does with a frame what its byte N says. */
static __always_inline int test_verdict(struct xdp_md *ctx, int place)
{
	struct test_frame *frame = test_frame(ctx);

	return frame ? frame->verdict[place] : XDP_PASS;
}
