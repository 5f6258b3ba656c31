// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/control.h"
#include "daemon/kernel/probe.h"
#include "daemon/service/quota.h"
#include "daemon/service/settings.h"

/*
 * What methods need to answer requests. The service owns the last four members; everything outlives the
 * peers.
 */
struct context {
	struct control *control;
	struct receivers *receivers;
	const struct features *features;
	const char *linker_why; /* why this linker was chosen */
	const struct settings *settings;
	struct quota *quota;
	struct in_flight_list *in_flight; /* changes of clients that are not decided yet */
	struct holders_query *holders_query;
	struct refused_files *refused_files;
};
