// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/chain/grant.h"
#include "daemon/signers/signing-rules.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define SETTINGS_DIRECTORY "/etc/xdpd"

#define GROUP_NAME_SIZE 64

/* A group of users. It has no members if no group is set, or no group has that name. */
struct setting_group {
	char name[GROUP_NAME_SIZE]; /* "": no group is set */
	gid_t gid;		    /* GROUP_NOBODY if there is no such group */
};

#define GROUP_NOBODY ((gid_t)-1)

/* What the operator can set; the table in settings.c describes each setting. */
struct settings {
	struct setting_group change_group;
	struct setting_group read_group;
	struct grants grants; /* the settings own their contents */
	uint64_t max_connections;
	uint64_t max_connections_per_user;
	uint64_t max_changes;
	uint64_t max_changes_per_user;
	uint64_t max_object_buffer; /* bytes, like the next two */
	uint64_t max_buffer;
	uint64_t max_buffer_per_client;
	uint64_t client_timeout; /* microseconds, like the next two */
	uint64_t change_timeout;
	uint64_t reconnect_time;	/* counts when the daemon starts */
	struct signing_rules signing;	/* the settings own its contents */
	char trusted_signers[PATH_MAX]; /* the file from which they were read */
};

/* Sets each setting to its default. No key is trusted. */
void settings_init(struct settings *ret);

/* Frees the contents. */
void settings_done(struct settings *settings);

/*
 * Reads the files "*.conf" of the directory in the order of their names. Their lines are "key = value",
 * without a section or in the section [xdpd]; if a key is repeated, the last line counts. Settings that no
 * file contains have their defaults, and the directory need not exist. Then reads the file of trusted keys.
 * Errors name file and line, and leave `*ret` unchanged.
 */
int settings_read(const char *directory, struct settings *ret, struct error *error);

/* Prints a line for each setting: name, purpose, default. */
void settings_describe(FILE *output);
