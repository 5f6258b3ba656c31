// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "ipc/interface.h"

/*
 * What 'xdpctl record' replies about recordings, declared like the daemon's replies. The daemon knows nothing of
 * recordings, so this is not part of the Varlink interface.
 */
struct recording_request {
	char *device;
	char *netns;
};

extern const struct method record_status_method;
extern const struct method record_save_method;
extern const struct method record_stop_method;
