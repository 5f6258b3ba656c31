// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/log.h"
#include "daemon/activation.h"
#include "daemon/configuration.h"
#include "daemon/kernel/component/code-recorder.h"
#include "daemon/kernel/component/opened.h"
#include "daemon/linkers/linker.h"
#include "daemon/options.h"
#include "object/libbpf-log.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <systemd/sd-event.h>

/* Microseconds that a stopping daemon waits for a job that is running. */
#define PATIENCE 10000000

/* Kernels before 5.11 count BPF memory as locked memory, and each chain needs a few descriptors. */
static void raise_limits(void)
{
	struct rlimit descriptors;

	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
		descriptors.rlim_cur = descriptors.rlim_max;
		setrlimit(RLIMIT_NOFILE, &descriptors);
	}
}

/* SIGHUP stays blocked until there is a configuration to reload. */
static int stop_on_signals(sd_event *loop, struct error *error)
{
	sigset_t signals;
	int result;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	result = sd_event_add_signal(loop, NULL, SIGTERM, NULL, NULL);
	if (result >= 0)
		result = sd_event_add_signal(loop, NULL, SIGINT, NULL, NULL);
	if (result >= 0)
		return 0;
	return error_set(error, ERROR_INTERNAL, result, "cannot handle signals: %s",
			 errno_name(result));
}

/*
 * Waits until the wanted chains run, before clients and the service manager are told that the daemon is
 * ready.
 */
static int link_all(sd_event *loop, const struct control *control, struct error *error)
{
	int result = 0;

	while (result >= 0 && !control_is_idle(control) &&
	       sd_event_get_state(loop) != SD_EVENT_FINISHED)
		result = sd_event_run(loop, UINT64_MAX);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "the event loop failed: %s",
				 errno_name(result));
	return 0;
}

static int run(sd_event *loop, const struct control *control, struct configuration *configuration,
	       struct error *error)
{
	cleanup(notify_drop) struct notify *notify = NULL;
	int result = notify_new(loop, control, &notify, error);

	if (result < 0)
		return result;
	configuration->notify = notify;
	result = configuration_watch(configuration, loop, error);
	if (result < 0)
		return result;
	result = sd_event_loop(loop);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "the event loop failed: %s",
				 errno_name(result));
	return 0;
}

/* The parts of the daemon that serve clients, and the parts that these need. */
struct server {
	sd_event *loop; /* not owned, like the next two */
	const struct options *options;
	struct receivers *receivers;
	struct configuration configuration;
	struct activation activation;
	struct features features;
	char linker_why[256];
	struct events *events;
	struct control *control;
	struct service *service;
};

static void server_done(struct server *server)
{
	service_drop(&server->service);
	control_drop(&server->control);
	events_drop(&server->events);
	activation_done(&server->activation);
	configuration_done(&server->configuration);
}

static int open_control(struct server *server, struct error *error)
{
	const struct options *options = server->options;
	const struct control_options control_options = {
		.state_directory = options->state_directory,
		.bpffs = options->bpffs,
		.map_owner_socket = options->map_owner_socket,
		.quiet = options->fuse_after,
		.change_timeout = server->configuration.settings.change_timeout,
		.reconnect_time = server->configuration.settings.reconnect_time,
		.signing = &server->configuration.settings.signing,
		.events = server->events,
		.backup_pins = server->activation.bpffs,
	};
	struct linker *linker;
	int result = linker_open(options->linker, &server->features, &linker, server->linker_why,
				 sizeof(server->linker_why), error);

	if (result == 0)
		result = control_new(server->loop, linker, &control_options, &server->control,
				     error);
	return result < 0 ? result : link_all(server->loop, server->control, error);
}

static int open_and_run(struct server *server, struct error *error)
{
	struct configuration *configuration = &server->configuration;
	const struct options *options = server->options;
	struct context context;
	int result = settings_read(configuration->directory, &configuration->settings, error);

	if (result == 0)
		result = events_new(&server->events, error);
	if (result == 0)
		result = activation_init(&server->activation, error);
	if (result == 0)
		result = features_probe(&server->features, error);
	if (result == 0)
		opened_warm_up(); /* so the first object need not wait until the parser has started */
	if (result == 0)
		result = open_control(server, error);
	if (result < 0 || sd_event_get_state(server->loop) == SD_EVENT_FINISHED)
		return result;
	context = (struct context){ .control = server->control,
				    .receivers = server->receivers,
				    .features = &server->features,
				    .linker_why = server->linker_why,
				    .settings = &configuration->settings };
	result = service_new(server->loop, &context, options->socket,
			     steal_fd(&server->activation.socket), &server->service, error);
	if (result < 0)
		return result;
	configuration->control = server->control;
	configuration->service = server->service;
	configuration->events = server->events;
	log_info("serving on %s, linker %s (%s)", options->socket,
		 control_linker(server->control)->type->name, server->linker_why);
	return run(server->loop, server->control, configuration, error);
}

/*
 * Have all threads ended? A thread that has not ended uses the server, which must not be freed then.
 */
static bool stop_threads(struct server *server)
{
	bool is_stuck = server->control && control_is_stuck(server->control);
	uint64_t patience = is_stuck ? 0 : PATIENCE;

	return service_stop(server->service, patience) && control_stop(server->control, patience) &&
	       configuration_stop(&server->configuration, patience);
}

static _Noreturn void end_at_once(int result, const struct error *error)
{
	if (result < 0)
		log_error("%s", error->message ?: "out of memory");
	_exit(result < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static int serve(sd_event *loop, const struct options *options, struct receivers *receivers,
		 struct error *error)
{
	cleanup(server_done) struct server server = {
		.loop = loop,
		.options = options,
		.receivers = receivers,
		.configuration.directory = options->config_directory,
		.activation = { -1, -1 },
	};
	int result = open_and_run(&server, error);

	if (result == 0 && server.control && control_is_stuck(server.control))
		result = error_set(error, ERROR_INTERNAL, -ETIMEDOUT,
				   "the daemon ends because a change takes too long");
	if (!stop_threads(&server))
		end_at_once(result, error);
	return result;
}

static int be_daemon(const struct options *options, struct error *error)
{
	cleanup(sd_event_unrefp) sd_event *loop = NULL;
	cleanup(spawner_stop) struct spawner spawner = { .fd = -1 };
	cleanup(receivers_drop) struct receivers *receivers = NULL;
	int result;

	raise_limits();
	result = spawner_start(&spawner, error);
	if (result < 0)
		return result;
	libbpf_log_init();
	result = code_recorder_init(error);
	if (result == 0 && (result = sd_event_default(&loop)) < 0)
		error_set(error, ERROR_INTERNAL, result, "cannot create an event loop: %s",
			  errno_name(result));
	if (result >= 0)
		result = stop_on_signals(loop, error);
	if (result >= 0)
		result = receivers_new(loop, &spawner, &receivers, error);
	return result < 0 ? result : serve(loop, options, receivers, error);
}

int main(int argc, char **argv)
{
	cleanup(error_done) struct error error = {};
	struct options options;
	int result = options_parse(argc, argv, &options);

	if (result)
		return result - 1;
	result = options.provides_bpffs ? activation_provide(&error) : be_daemon(&options, &error);
	if (result == 0)
		return EXIT_SUCCESS;
	log_error("%s", error.message ?: "out of memory");
	if (error.detail)
		log_error("%s", error.detail);
	return EXIT_FAILURE;
}
