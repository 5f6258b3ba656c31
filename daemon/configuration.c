// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/configuration.h"

#include "base/cleanup.h"
#include "daemon/loop/worker.h"

#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

void configuration_done(struct configuration *configuration)
{
	worker_drop(&configuration->reader);
	settings_done(&configuration->settings);
	settings_done(&configuration->next);
	error_done(&configuration->error);
}

static void read_settings(void *userdata)
{
	struct configuration *configuration = userdata;

	configuration->result = settings_read(configuration->directory, &configuration->next,
					      &configuration->error);
}

static void use_settings(struct configuration *configuration)
{
	settings_done(&configuration->settings);
	configuration->settings = configuration->next;
	configuration->next = (struct settings){};
	service_settings_changed(configuration->service);
	control_set_timeout(configuration->control, configuration->settings.change_timeout);
	control_set_signing(configuration->control, &configuration->settings.signing);
	events_report(configuration->events, LOG_EVENT_RELOADED, NULL,
		      "configuration reloaded from %s", configuration->directory);
}

static void settings_were_read(void *userdata);

static void begin_reading(struct configuration *configuration)
{
	configuration->reading = true;
	configuration->again = false;
	worker_run(configuration->reader, read_settings, settings_were_read, configuration);
}

static void settings_were_read(void *userdata)
{
	struct configuration *configuration = userdata;
	cleanup(error_done) struct error error = {};
	const char *why = NULL;

	error_move(&error, &configuration->error);
	configuration->reading = false;
	if (configuration->result == 0) {
		use_settings(configuration);
	} else {
		why = error.message ?: "out of memory";
		events_report(configuration->events, LOG_EVENT_NOT_RELOADED, NULL,
			      "configuration not reloaded; the previous one stays in force: %s",
			      why);
	}
	if (configuration->again)
		begin_reading(configuration);
	else
		notify_reload_end(configuration->notify, why);
}

static int reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct configuration *configuration = userdata;

	(void)source;
	(void)info;
	notify_reload_begin();
	if (configuration->reading)
		configuration->again = true;
	else
		begin_reading(configuration);
	return 0;
}

int configuration_watch(struct configuration *configuration, sd_event *loop, struct error *error)
{
	int result = worker_new(loop, "xdpd-settings", &configuration->reader, error);

	if (result < 0)
		return result;
	result = sd_event_add_signal(loop, NULL, SIGHUP, reload, configuration);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot handle SIGHUP: %s",
				 errno_name(result));
	return 0;
}

bool configuration_stop(struct configuration *configuration, uint64_t usec)
{
	return worker_stop(configuration->reader, usec);
}
