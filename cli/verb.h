// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "cli/terminal.h"
#include "ipc/codec.h"

#include <stdbool.h>
#include <stddef.h>

/* The exit status of xdpctl. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,
	EXIT_DIFFERENT = 1, /* of 'test --diff', which exits with 2 after a refusal */
	EXIT_USAGE = 2,
	EXIT_NO_DAEMON = 3,
	EXIT_CHANGES = 4, /* of 'plan --check': there is something to do */
	/* As of a shell; otherwise 'attach -- COMMAND' has the exit status of the command. */
	EXIT_NOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
};

/*
 * An option sets a field of the verb's request, which decides how it is read, or it is one of xdpctl's own.
 */
struct option_row {
	const char *name;     /* without the dashes */
	const char *argument; /* its name in the help; NULL for a flag */
	const char *field;    /* NULL: see option_given() */
	const char *help;
	char letter; /* the short option; 0: none */
};

/* Options that several verbs have; `otherwise` is the default, which depends on the verb. */
#define OPTION_DEV                                                      \
	{                                                               \
		"dev", "NAME", "devices", "network device (repeatable)" \
	}
#define OPTION_NETNS OPTION_NETNS_AS("netns")
#define OPTION_NETNS_AS(field)                                                        \
	{                                                                             \
		"netns", "NAME|PATH", field,                                          \
			"network namespace of the devices, or 'default' for xdpd's\n" \
			"(default: the one that xdpctl runs in)"                      \
	}
#define OPTION_ALLOW_VERDICTS(otherwise)                                             \
	{                                                                            \
		"allow-verdicts", "LIST", "allow_verdicts",                          \
			"verdicts the component may return; others become aborted\n" \
			"(default: " otherwise ")"                                   \
	}
#define OPTION_SET                                                                        \
	{                                                                                 \
		"set", "NAME=VALUE", "set",                                               \
			"set a global variable before the program is loaded (repeatable)" \
	}
#define OPTION_MAP                                                                            \
	{                                                                                     \
		"map", "NAME=FROM", "share_maps",                                             \
			"use an existing map as NAME: COMPONENT:MAP on the same device, or\n" \
			"pin:/PATH (repeatable)"                                              \
	}
#define OPTION_DEVBOUND                                                                       \
	{                                                                                     \
		"devbound", NULL, "devbound",                                                 \
			"bind the component to the device, so that it can read RX metadata\n" \
			"(hash, timestamp, VLAN tag)"                                         \
	}
#define OPTION_MAP_OWNER(otherwise)                                                         \
	{                                                                                   \
		"map-owner", "USER[:GROUP]", "map_owner",                                   \
			"owner of the pins of its maps, or :GROUP (default: " otherwise ")" \
	}
#define OPTION_MAP_MODE(otherwise)                                                           \
	{                                                                                    \
		"map-mode", "MODE", "map_mode",                                              \
			"mode of the pins of its maps, such as 640 (default: " otherwise ")" \
	}
#define OPTION_ALLOW_MAP_CHANGE                                                        \
	{                                                                              \
		"allow-map-change", NULL, "allow_map_change",                          \
			"replace maps whose definition changed with new, empty ones\n" \
			"(default: refuse)"                                            \
	}
#define OPTION_ALLOW_ABSENT                                                                   \
	{                                                                                     \
		"allow-absent", NULL, "allow_absent",                                         \
			"accept devices that do not exist yet; their chains run as soon as\n" \
			"they appear (default: refuse)"                                       \
	}
/* For every verb with a chain file. */
#define OPTION_OWNER                                                                       \
	{                                                                                  \
		"owner", "NAME", "owner",                                                  \
			"the file has all that this owner wants; what belongs to others\n" \
			"stays (default: the file has everything)"                         \
	}
/* For every verb that shows chains. */
#define OPTION_ONLY_OWNER                                                   \
	{                                                                   \
		"owner", "NAME", "owner", "only what belongs to this owner" \
	}
#define OPTION_EXPECT_GENERATION                                        \
	{                                                               \
		"expect-generation", "N", "expect_generation",          \
			"refuse unless every device is at generation N" \
	}

#define OPTION_LINK                                                                      \
	{                                                                                \
		"link", "OBJECT", "libraries",                                           \
			"object file with functions that the program calls (repeatable)" \
	}

/* For every verb with an object; signatures_open() reads it. */
#define OPTION_SIGNATURE                                                                     \
	{                                                                                    \
		"signature", "FILE", NULL,                                                   \
			"the object's OpenSSH signature (default: OBJECT.sig, if it exists)" \
	}

/* For every verb that changes chains. */
#define OPTION_CONFIRM                                                                        \
	{                                                                                     \
		"confirm", "TIME", "confirm",                                                 \
			"roll the change back unless 'xdpctl confirm' follows within TIME,\n" \
			"such as 30s or 5min"                                                 \
	}

#define OPERANDS_MAX 2
#define OPTIONS_MAX  32

/* What every verb gets. */
struct invocation {
	const char *socket;
	bool json;
	const struct verb *verb;
	const char
		*operands[OPERANDS_MAX]; /* the arguments that are not options, ending with NULL */
	char *joined;	      /* the last operand, if it consists of several words; owned */
	char *const *command; /* the words after "--" of a verb that runs a command; or NULL */
	/* By the verb's rows: values of options that are xdpctl's own. */
	const char *given[OPTIONS_MAX];
};

struct verb {
	const char *name; /* one word, or two */
	/*
	 * Their names in the help, ending with NULL; the last one may be optional, in brackets. One that ends
	 * with "...]" takes all remaining words, with spaces between them.
	 */
	const char *operands[OPERANDS_MAX];
	bool runs_command; /* the words after "--" are a command, see struct invocation */
	const char *summary;
	enum method_id method;
	const struct method *local; /* instead, for a verb that needs no daemon; or NULL */
	/*
	 * The helper program that runs the verb, if the verb needs libraries that others do not: a row
	 * without functions, see cli/command.h. NULL: xdpctl itself.
	 */
	const char *helper;
	const struct option_row *options;
	/* Completes the request from the operands; EXIT_DONE, or the exit status. NULL: nothing to do. */
	enum exit_status (*prepare)(const struct invocation *invocation, void *request);
	/* For a local verb: sets `*ret` to what a daemon would have replied, or sets the error. */
	int (*reply)(const struct invocation *invocation, const void *request, json_t **ret,
		     struct error *error);
	/*
	 * Its answer() needs the reply unchanged; otherwise a reply that is shown to people is made
	 * printable.
	 */
	bool keeps_reply;
	/*
	 * Makes as many calls as the verb needs, and sets the exit status; `*ret` is a refusal that remains
	 * to be shown, or NULL. False: one call and its reply are enough this time. NULL: always.
	 */
	bool (*converse)(const struct invocation *invocation, const void *request,
			 enum exit_status *ret_status, json_t **ret);
	/* Handles a reply completely, also with --json, instead of the functions below. */
	enum exit_status (*answer)(const struct invocation *invocation, const json_t *parameters);
	/* The exit status after a refusal; NULL: EXIT_REFUSED. */
	enum exit_status (*refused)(const struct invocation *invocation);
	/* Shows a reply to people. */
	void (*show)(const json_t *parameters);
	/* The exit status after that reply; NULL: EXIT_DONE. */
	enum exit_status (*judge)(const json_t *parameters);
};

/* The method that declares its request and its reply. */
const struct method *verb_method(const struct verb *verb);

/* Prints a usage error on one line, and where to find help. */
enum exit_status usage(const struct verb *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The value of a verb's option that is not a field of the request, "" for a flag; NULL: not given. */
const char *option_given(const struct invocation *invocation, const char *name);
