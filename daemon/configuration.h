// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/control.h"
#include "daemon/notify.h"
#include "daemon/service/service.h"
#include "daemon/service/settings.h"

/*
 * What a reload can change. A thread of its own reads it, because names of groups may have to be looked up
 * over the network.
 */
struct configuration {
	const char *directory;
	struct settings settings;
	struct control *control;
	struct service *service;
	struct notify *notify;
	struct events *events;

	struct worker *reader;
	bool reading;
	bool again; /* a signal arrived while it was being read, so it may have changed again */
	struct settings next; /* used only by the reader while it reads, like the next two */
	struct error error;
	int result;
};

/* From here on SIGHUP, which must be blocked, reads the settings again. All members above `reader` must be set. */
int configuration_watch(struct configuration *configuration, sd_event *loop, struct error *error);

/* Waits until nothing is read, at most that many microseconds. False: a thread still uses the configuration. */
bool configuration_stop(struct configuration *configuration, uint64_t usec);

/* Frees the contents. */
void configuration_done(struct configuration *configuration);
