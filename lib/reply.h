// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "ipc/codec.h"
#include "lib/xdpd.h"

struct xdpd_reply {
	unsigned int n_holders;
	json_t *message; /* as received: with "parameters", and with "error" if it is one; or NULL */
	char *text;	 /* the parameters; made when they are asked for */
	struct fds fds;	 /* those that were taken are -1 */
	struct xdpd_error error;
};

/* An empty reply with one holder; NULL: no memory. */
struct xdpd_reply *reply_new(void);

/* The parameters, which stay the reply's; NULL: there are none. */
json_t *reply_parameters(const struct xdpd_reply *reply);
