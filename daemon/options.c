// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/options.h"

#include "daemon/service/settings.h"
#include "ipc/interface.h"
#include "map-owner/request.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define STATE_DIRECTORY "/var/lib/xdpd"
#define BPFFS_DIRECTORY "/sys/fs/bpf/xdpd"

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
	       "  --provide-bpffs       create a bpffs for backup pins, hand it to systemd and "
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

int options_parse(int argc, char **argv, struct options *options)
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
