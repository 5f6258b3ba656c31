#pragma once

/*
 * Constants of the kernel's interface that are newer than the oldest headers we build with (Debian 12's are those
 * of Linux 6.1). They have names of our own, so that newer headers, which define the same, do not collide.
 */

/* BPF_F_XDP_DEV_BOUND_ONLY of linux/bpf.h, since Linux 6.3. */
#define UAPI_XDP_DEV_BOUND_ONLY (1U << 6)

/* NETDEV_XDP_ACT_BASIC of linux/netdev.h, since Linux 6.3. */
#define UAPI_XDP_ACT_BASIC 1
