#pragma once

#include "base/error.h"
#include "daemon/signers/signing-rules.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define SETTINGS_DIRECTORY "/etc/xdpd"

#define GROUP_NAME_SIZE 64

/* A group of users. Without one, or if no group has that name, it has no members. */
struct setting_group {
	char name[GROUP_NAME_SIZE]; /* "" without one */
	gid_t gid;		    /* GROUP_NOBODY */
};

#define GROUP_NOBODY ((gid_t)-1)

/* What the operator decides; what each is for is in the table, settings.c. */
struct settings {
	struct setting_group change_group;
	struct setting_group read_group;
	uint64_t max_connections;
	uint64_t max_connections_per_user;
	uint64_t max_changes;
	uint64_t max_changes_per_user;
	uint64_t max_object_buffer; /* bytes, as the next two */
	uint64_t max_buffer;
	uint64_t max_buffer_per_client;
	uint64_t client_timeout; /* microseconds, as the next one */
	uint64_t change_timeout;
	struct signing_rules signing;	/* what it holds is the settings' */
	char trusted_signers[PATH_MAX]; /* the file that these come from */
};

/* Each setting has its default. No key is trusted. */
void settings_init(struct settings *ret);

/* Frees the contents. */
void settings_done(struct settings *settings);

/*
 * Reads the files "*.conf" of the directory in the order of their names: lines "key = value", by
 * themselves or in a section [xdpd]; the last one counts. What they do not say has its default; a
 * directory that does not exist says nothing. Then reads the file of trusted keys. Errors name file and line; `*ret` stays untouched
 * then.
 */
int settings_read(const char *directory, struct settings *ret, struct error *error);

/* A line for each: name, purpose, default. */
void settings_describe(FILE *output);
