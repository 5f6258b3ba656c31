// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdint.h>

/*
 * How the daemon asks xdpd-map-owner to give the pin of a map to another user: one message on a SOCK_SEQPACKET
 * socket, with one descriptor of the pin, opened with O_PATH and O_NOFOLLOW. The descriptor means the pin itself,
 * whatever has its name by the time the helper reads the message. The answer is one int32_t: 0 or a negative errno.
 *
 * The message has credentials (SCM_CREDENTIALS) of process 1 with user 0. The kernel lets only a process with
 * CAP_SYS_ADMIN name another process (net/core/scm.c, scm_check_creds()), so a process of root without
 * capabilities, such as those that read what strangers send, cannot ask.
 */
#define MAP_OWNER_SOCKET "/run/xdpd/map-owner"

/* The process in whose name a request is sent. */
#define MAP_OWNER_SENDER 1

/* As with chown(2), UINT32_MAX is unchanged. */
struct map_owner_request {
	uint32_t uid;
	uint32_t gid;
};
