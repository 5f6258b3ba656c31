// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PACKET_SIZE_MIN 14 /* the kernel runs no XDP program on less */
#define PACKET_SIZE_MAX 1514

struct packet {
	size_t length;
	unsigned char bytes[PACKET_SIZE_MAX];
};

/* A random number below the limit; `*state` is not 0. */
uint32_t chance(uint64_t *state, uint32_t limit);

/*
 * A random packet: Ethernet with VLAN tags, MPLS labels or PPPoE, ARP, IPv4 and IPv6 with options and
 * fragments, TCP, UDP, SCTP and ICMP, with addresses and ports of a few values, so that filters match; some
 * are truncated, or have random bytes.
 */
void packet_make(struct packet *ret, uint64_t *state);
