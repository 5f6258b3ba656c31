// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/log.h"
#include "daemon/activation.h"
#include "daemon/control/control.h"
#include "daemon/kernel/component/code-recorder.h"
#include "daemon/kernel/component/opened.h"
#include "daemon/kernel/component/program-code.h"
#include "daemon/linkers/linker.h"
#include "daemon/loop/worker.h"
#include "daemon/notify.h"
#include "daemon/service/service.h"
#include "daemon/service/settings.h"
#include "ipc/interface.h"
#include "map-owner/request.h"
#include "object/libbpf-log.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>

#define STATE_DIRECTORY "/var/lib/xdpd"
#define BPFFS_DIRECTORY "/sys/fs/bpf/xdpd"

/* Microseconds that a stopping daemon waits for a job that is running. */
#define PATIENCE 10000000

struct options {
	const char *socket;
	const char *state_directory;
	const char *config_directory;
	const char *bpffs;
	const char *map_owner_socket;
	const char *linker;
	uint64_t fuse_after; /* microseconds */
	bool provides_bpffs;
};

enum {
	OPTION_SOCKET = 256,
	OPTION_STATE_DIRECTORY,
	OPTION_CONFIG_DIRECTORY,
	OPTION_BPFFS,
	OPTION_MAP_OWNER_SOCKET,
	OPTION_LINKER,
	OPTION_FUSE_AFTER,
	OPTION_PROVIDE_BPFFS,
	OPTION_VERSION
};

static const struct option long_options[] = {
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "state-dir", required_argument, NULL, OPTION_STATE_DIRECTORY },
	{ "config-dir", required_argument, NULL, OPTION_CONFIG_DIRECTORY },
	{ "bpffs", required_argument, NULL, OPTION_BPFFS },
	{ "map-owner-socket", required_argument, NULL, OPTION_MAP_OWNER_SOCKET },
	{ "linker", required_argument, NULL, OPTION_LINKER },
	{ "fuse-after", required_argument, NULL, OPTION_FUSE_AFTER },
	{ "provide-bpffs", no_argument, NULL, OPTION_PROVIDE_BPFFS },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{},
};

static void print_help(void)
{
	printf("Usage: xdpd [OPTIONS]\n"
	       "Run several XDP programs on one network device. xdpd stays in the foreground;\n"
	       "xdpctl(8) controls it.\n\n"
	       "  --socket PATH         socket for clients (default: " INTERFACE_SOCKET ")\n"
	       "  --state-dir DIR       directory of the daemon's own files "
	       "(default: " STATE_DIRECTORY ")\n"
	       "  --config-dir DIR      directory of the settings, *.conf "
	       "(default: " SETTINGS_DIRECTORY ")\n"
	       "  --bpffs DIR           directory of the pins that outlive the daemon "
	       "(default: " BPFFS_DIRECTORY ")\n"
	       "  --map-owner-socket PATH\n"
	       "                        helper that changes owners of map pins without CAP_CHOWN\n"
	       "                        (default: " MAP_OWNER_SOCKET ")\n"
	       "  --linker LINKER       how components are joined: auto, tiered, freplace or "
	       "fused\n"
	       "                        (default: auto: tiered if the kernel has freplace, else "
	       "fused)\n"
	       "  --fuse-after SECONDS  tiered: fuse a chain that has not changed for so long "
	       "(default: 2)\n"
	       "  --provide-bpffs       create a bpffs for spare pins, hand it to systemd and "
	       "exit\n"
	       "                        (the unit does this before each start)\n"
	       "  -h, --help            print this help\n"
	       "  --version             print the version\n\n"
	       "Settings ('KEY = VALUE' lines in *.conf, with defaults); SIGHUP reads them "
	       "again:\n");
	settings_describe(stdout);
}

/* Accepts for example "2" or "0.25"; the maximum is a day. */
static bool parse_seconds(const char *text, uint64_t *ret_usec)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0 && seconds <= 86400)) {
		fprintf(stderr,
			"xdpd: invalid time '%s'; use a number of seconds from 0 to 86400\n", text);
		return false;
	}
	*ret_usec = seconds * 1e6;
	return true;
}

/* Returns 0 to continue, else the exit status plus one. */
static int parse_options(int argc, char **argv, struct options *options)
{
	*options = (struct options){
		.socket = INTERFACE_SOCKET,
		.state_directory = STATE_DIRECTORY,
		.config_directory = SETTINGS_DIRECTORY,
		.bpffs = BPFFS_DIRECTORY,
		.map_owner_socket = MAP_OWNER_SOCKET,
		.linker = "auto",
		.fuse_after = 2000000,
	};
	for (int option; (option = getopt_long(argc, argv, "h", long_options, NULL)) >= 0;) {
		switch (option) {
		case OPTION_SOCKET:
			options->socket = optarg;
			break;
		case OPTION_STATE_DIRECTORY:
			options->state_directory = optarg;
			break;
		case OPTION_CONFIG_DIRECTORY:
			options->config_directory = optarg;
			break;
		case OPTION_BPFFS:
			options->bpffs = optarg;
			break;
		case OPTION_MAP_OWNER_SOCKET:
			options->map_owner_socket = optarg;
			break;
		case OPTION_LINKER:
			options->linker = optarg;
			break;
		case OPTION_FUSE_AFTER:
			if (!parse_seconds(optarg, &options->fuse_after))
				return 1 + 2;
			break;
		case OPTION_PROVIDE_BPFFS:
			options->provides_bpffs = true;
			break;
		case 'h':
			print_help();
			return 1 + EXIT_SUCCESS;
		case OPTION_VERSION:
			printf("xdpd %s\n", XDPD_VERSION);
			return 1 + EXIT_SUCCESS;
		default:
			return 1 + 2;
		}
	}
	if (optind == argc)
		return 0;
	fprintf(stderr, "xdpd: unexpected argument '%s'; see 'xdpd --help'\n", argv[optind]);
	return 1 + 2;
}

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

static void configuration_done(struct configuration *configuration)
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

static int run(sd_event *loop, const struct control *control, struct configuration *configuration,
	       struct error *error)
{
	cleanup(notify_drop) struct notify *notify = NULL;
	int result = notify_new(loop, control, &notify, error);

	if (result == 0)
		result = worker_new(loop, "xdpd-settings", &configuration->reader, error);
	if (result < 0)
		return result;
	configuration->notify = notify;
	result = sd_event_add_signal(loop, NULL, SIGHUP, reload, configuration);
	if (result >= 0)
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
	       worker_stop(server->configuration.reader, patience);
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
	int result = parse_options(argc, argv, &options);

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
