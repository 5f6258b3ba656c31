#pragma once

#include "base/error.h"
#include "cli/terminal.h"
#include "ipc/codec.h"

#include <stdbool.h>
#include <stddef.h>

/* How xdpctl ends. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,
	EXIT_DIFFERENT = 1, /* of a verb that says otherwise when it is refused */
	EXIT_USAGE = 2,
	EXIT_NO_DAEMON = 3,
	EXIT_CHANGES = 4, /* there is something to do, and one wanted to know that */
};

/* An option is a field of the verb's request; how it is read is said there. Or it is xdpctl's own. */
struct option_row {
	const char *name;     /* without the dashes */
	const char *argument; /* as in the help; NULL for a flag */
	const char *field;    /* NULL: see option_given() */
	const char *help;
	char letter; /* the short option; 0: none */
};

/* Options that several verbs have; `otherwise` is the default, which differs between verbs. */
#define OPTION_DEV                                                      \
	{                                                               \
		"dev", "NAME", "devices", "network device (repeatable)" \
	}
#define OPTION_NETNS                                                                  \
	{                                                                             \
		"netns", "NAME|PATH", "netns",                                        \
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

/* Of every verb with an object, which reads it by signatures_open(). */
#define OPTION_SIGNATURE                                                                     \
	{                                                                                    \
		"signature", "FILE", NULL,                                                   \
			"the object's OpenSSH signature (default: OBJECT.sig, if it exists)" \
	}

/* Of every verb that changes chains. */
#define OPTION_CONFIRM                                                                        \
	{                                                                                     \
		"confirm", "TIME", "confirm",                                                 \
			"roll the change back unless 'xdpctl confirm' follows within TIME,\n" \
			"such as 30s or 5min"                                                 \
	}

#define OPERANDS_MAX 2
#define OPTIONS_MAX  32

/* What every verb can use. */
struct invocation {
	const char *socket;
	bool json;
	const struct verb *verb;
	const char
		*operands[OPERANDS_MAX]; /* the arguments that are no options, NULL behind them */
	const char *given[OPTIONS_MAX];	 /* by the verb's rows: options that are xdpctl's own */
};

struct verb {
	const char *name; /* one word, or two */
	/* As in the help, NULL behind them; in brackets what may be missing, the last one. */
	const char *operands[OPERANDS_MAX];
	const char *summary;
	enum method_id method;
	const struct method *local; /* instead, for a verb that asks no daemon; or NULL */
	/*
	 * The helper program that does all of it, for a verb that needs libraries which no other does:
	 * a row without functions, see cli/command.h. NULL: xdpctl itself.
	 */
	const char *helper;
	const struct option_row *options;
	/* Makes the request whole from the operand; EXIT_DONE or how to end. NULL: nothing to do. */
	enum exit_status (*prepare)(const struct invocation *invocation, void *request);
	/* Of a local verb: makes `*ret` what a daemon would have replied, or sets the error. */
	int (*reply)(const struct invocation *invocation, const void *request, json_t **ret,
		     struct error *error);
	/* Its answer() wants the reply as it is; else what is shown to people is printable. */
	bool keeps_reply;
	/*
	 * Does all of it, with as many calls as it takes, and sets how it ends; `*ret` is a refusal that is still to be
	 * shown. False: one call and its reply are enough this time. NULL: always.
	 */
	bool (*converse)(const struct invocation *invocation, const void *request,
			 enum exit_status *ret_status, json_t **ret);
	/* Does all that is to be done with a reply, also as JSON, instead of what is below. */
	enum exit_status (*answer)(const struct invocation *invocation, const json_t *parameters);
	/* How it ends when it is refused; NULL: with EXIT_REFUSED. */
	enum exit_status (*refused)(const struct invocation *invocation);
	/* Shows a reply to a person. */
	void (*show)(const json_t *parameters);
	/* How it ends after that reply; NULL: well. */
	enum exit_status (*judge)(const json_t *parameters);
};

/* What its request and its reply are. */
const struct method *verb_method(const struct verb *verb);

/* The one line of a usage error, and where to find help. */
enum exit_status usage(const struct verb *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The value of an option of the verb that is no field of the request, "" for a flag; NULL: not given. */
const char *option_given(const struct invocation *invocation, const char *name);
