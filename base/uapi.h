// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

/*
 * Constants of the kernel's interface that are newer than the oldest headers that xdpd is built with (Debian
 * 12 has those of Linux 6.1). They have names of our own, so they do not collide with newer headers that
 * define them.
 */

/* BPF_F_XDP_DEV_BOUND_ONLY of linux/bpf.h, since Linux 6.3. */
#define UAPI_XDP_DEV_BOUND_ONLY (1U << 6)

/* NETDEV_XDP_ACT_BASIC and NETDEV_XDP_ACT_NDO_XMIT of linux/netdev.h, since Linux 6.3. */
#define UAPI_XDP_ACT_BASIC    1
#define UAPI_XDP_ACT_NDO_XMIT 4
