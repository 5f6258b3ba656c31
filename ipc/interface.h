// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/string-list.h"
#include "base/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The Varlink interface, declared once, as data (interface.c): decoding, encoding, errors, the text that
 * clients can ask for, and the checks of the tests all use these tables.
 */
#define INTERFACE_NAME	 "io.xdpd"
#define INTERFACE_SOCKET "/run/xdpd/io.xdpd"

#define REQUEST_SIZE_MAX (1 << 20)  /* bytes of one request */
#define OBJECT_SIZE_MAX	 (16 << 20) /* bytes of one object file */
#define NAME_LENGTH_MAX	 511   /* bytes of a name; functions in the kernel have at most as many */
#define LIST_LENGTH_MAX	 4096  /* items of a list in a request */
#define CONFIRM_MAX	 86400 /* maximum of `confirm`, in seconds */

#define WHY_LENGTH_MAX 4095 /* bytes of the sentence of a refused file */

/* Limits of the packets of one Test; a capture file may have more. */
#define PACKETS_MAX	 32768
#define PACKETS_SIZE_MAX (16 << 20) /* bytes, including the packet heads */
/*
 * Each packet begins with two 32-bit numbers, little-endian: its bytes in the file, and its bytes on the
 * wire.
 */
#define PACKET_HEAD 8

/* The type of a field of a request or a reply. The comments have its C type: */
enum field_kind {
	FIELD_STRING,	/* replies only */
	FIELD_NAME,	/* char *, printable text; a string in the interface */
	FIELD_NAMES,	/* struct strings, without duplicates */
	FIELD_NUMBER,	/* struct number */
	FIELD_SECONDS,	/* struct number; on a command line with a unit */
	FIELD_BOOLEAN,	/* bool */
	FIELD_VERDICTS, /* struct number, whose value is a verdict_set */
	FIELD_CHOICE,	/* int: position in the names of `type`, from 1; 0: not given */
	FIELD_FD,	/* int; in JSON the index among the file descriptors of the message */
	FIELD_FDS,	/* struct descriptors: several of them */
	FIELD_OBJECT,	/* pointer to the struct of a `type`; NULL: not given */
	FIELD_OBJECTS,	/* struct list: several of them */
};

struct descriptors {
	size_t n_items;
	int *items;
};

/* A list of structs that the type's fields describe. */
struct list {
	size_t n_items;
	void *items;
};

struct number {
	bool given;
	uint64_t value;
};

struct field {
	const char *name;
	enum field_kind kind;
	bool optional;
	size_t offset;	  /* in the request's struct */
	uint64_t minimum; /* of a number */
	/* Of a number, of the number of items, or of the bytes of a name; 0: the usual limit. */
	uint64_t maximum;
	const struct type *type; /* of choices and objects */
	const char *purpose;
};

/* A type of the interface: names to choose from, or fields. Both lists end with a NULL name. */
struct type {
	const char *name;
	const char *const *names;
	const struct field *fields;
	size_t size; /* of the struct that `fields` describe; 0: replies only */
};

/* The types in the order of the text; the list ends with NULL. */
extern const struct type *const types[];

/* The type of chain files (struct chains); it is not a type of the Varlink interface. */
extern const struct type chains_type;

/* "sha256:HEX" names an object by its contents. */
#define OBJECT_SHA256 "sha256:"

/* The field of that name; NULL if there is none. */
const struct field *field_find(const struct field *fields, const char *name);

/* The position of the name among the type's names, from 1; 0 if it is not among them. */
int choice_find(const struct type *type, const char *name);

/* Writes the choices into `text`, "aborted, drop, pass, tx, redirect", and returns it. */
#define CHOICES_TEXT_MAX 80
char *choices_format(const struct type *type, char text[static CHOICES_TEXT_MAX]);

enum right {
	RIGHT_READ,   /* reads, and changes nothing */
	RIGHT_CHANGE, /* changes something; it includes the right to read */
	RIGHT_COUNT
};

enum method_id {
	METHOD_LEASE,
	METHOD_ATTACH,
	METHOD_DETACH,
	METHOD_REPLACE,
	METHOD_MOVE,
	METHOD_RELINK,
	METHOD_INTEROP,
	METHOD_SUSPEND,
	METHOD_RESUME,
	METHOD_SET_POLICY,
	METHOD_CLEAR_POLICY,
	METHOD_ADOPT,
	METHOD_CONFIRM,
	METHOD_REVERT,
	METHOD_APPLY,
	METHOD_REPORT_FILES,
	METHOD_TEST,
	METHOD_EXPORT,
	METHOD_OBJECT,
	METHOD_STATUS,
	METHOD_POLICY,
	METHOD_GRAPH,
	METHOD_MAPS,
	METHOD_VERIFY,
	METHOD_FEATURES,
	METHOD_MONITOR,
	METHOD_METRICS,
	METHOD_TRACE,
	METHOD_COUNT
};

struct method {
	const char *name;
	enum right right;
	const struct field *in;
	size_t request_size; /* of the struct that `in` describes */
	const struct field *out;
	const char *purpose;
	/*
	 * Clients without the right may call it, too, if the configuration grants them the components of an owner; only
	 * about these.
	 */
	bool for_owners;
	bool at_once; /* it does not wait for devices that appeared before the request */
};

extern const struct method methods[METHOD_COUNT];

/* The method of that name (without the interface's name); NULL if there is none. */
const struct method *method_find(const char *name);

/* The text of the interface, as in the Varlink specification; the caller frees it. NULL: out of memory. */
char *interface_text(void);

/* Requests. The tables describe their fields. */

/* The fields of a component, in a request and in a chain file. */
struct component_request {
	char *program;
	char *name;
	char *owner;
	struct number priority;
	struct number proceed_on;
	struct number allow_verdicts;
	struct strings set;
	struct strings share_maps;
	bool devbound;
	int on_failure;
	char *map_owner;
	char *map_mode;
};

struct attach_request {
	struct strings devices;
	char *netns;
	int object;
	struct descriptors libraries;
	int signatures;
	struct component_request component;
	struct descriptors pins;
	char *before;
	char *after;
	char *slot;
	int mode;
	char *match;
	int interop;
	bool while_connected;
	struct number expect_generation;
	struct number confirm;
};

struct lease_request {
	char *key;
	bool claim;
};

struct detach_request {
	struct strings devices;
	char *netns;
	char *name;
	bool all;
	bool release;
	struct number expect_generation;
	struct number confirm;
};

struct replace_request {
	struct strings devices;
	char *netns;
	char *name;
	int object;
	struct descriptors libraries;
	int signatures;
	char *program;
	struct strings set;
	struct strings share_maps;
	bool devbound;
	struct descriptors pins;
	bool fresh_maps;
	bool allow_map_change;
	struct number expect_generation;
	struct number confirm;
};

struct move_request {
	struct strings devices;
	char *netns;
	char *name;
	struct number priority;
	struct number proceed_on;
	struct number allow_verdicts;
	char *map_owner;
	char *map_mode;
	char *before;
	char *after;
	struct number expect_generation;
	struct number confirm;
};

struct relink_request {
	char *library;
	int object;
	int signatures;
	struct number confirm;
};

/* The request of Suspend and of Resume. */
struct suspend_request {
	struct strings devices;
	char *netns;
	struct number expect_generation;
	struct number confirm;
};

struct interop_request {
	struct strings devices;
	char *netns;
	int interop;
	struct number expect_generation;
	struct number confirm;
};

struct set_policy_request {
	struct strings devices;
	char *netns;
	int object;
	struct descriptors libraries;
	int signatures;
	char *program;
	bool park;
	struct number expect_generation;
	struct number confirm;
};

struct clear_policy_request {
	struct strings devices;
	char *netns;
	bool park;
	struct number expect_generation;
	struct number confirm;
};

struct policy_request {
	struct strings devices;
	char *netns;
};

struct adopt_request {
	struct strings devices;
	char *netns;
	struct number expect_generation;
	struct number confirm;
};

/* The request of Confirm and of Revert. */
struct decide_request {
	struct strings devices;
	char *netns;
};

/* Chains, in a chain file and in a request. */
struct chain_component {
	char *object;	 /* a path in a file, otherwise "sha256:HEX"; NULL: it was adopted */
	char *signature; /* a path in a file; NULL: the file beside the object, if it exists */
	struct strings libraries; /* the same as `object` */
	char *slot;
	bool parked; /* the component may be parked */
	struct component_request component;
};

struct chain_device {
	char *name;
	char *netns;
	int mode;
	char *match;
	int interop;
	struct strings setting_owners;
	struct chain_component *policy; /* only the fields that describe its program */
	struct list components;		/* of struct chain_component */
};

struct chains {
	struct list devices; /* of struct chain_device */
};

struct apply_request {
	char *owner;
	struct list devices; /* of struct chain_device */
	struct descriptors objects;
	int signatures;
	struct descriptors pins;
	bool allow_map_change;
	bool allow_absent;
	bool dry_run;
	struct number expect_generation;
	struct number confirm;
};

/* A chain file that could not be applied. */
struct refused_file_request {
	char *file;
	char *owner;
	char *why;
};

struct report_files_request {
	char *directory;
	struct list refused; /* of struct refused_file_request */
};

struct test_request {
	struct strings devices;
	char *netns;
	struct apply_request planned; /* its devices, objects, pins and allow_map_change */
	int packets;
	bool diff;
};

struct export_request {
	struct strings devices;
	char *netns;
	char *owner;
};

struct object_request {
	char *object;
};

struct status_request {
	struct strings devices;
	char *netns;
	char *owner;
};

struct graph_request {
	struct strings devices;
	char *netns;
	bool others;
};

struct maps_request {
	struct strings devices;
	char *netns;
	char *name;
};

struct verify_request {
	bool repair;
};

struct features_request {
	char nothing;
};

struct metrics_request {
	char nothing;
};

struct monitor_request {
	struct strings devices;
	char *netns;
	struct strings kinds;
};

struct trace_request {
	char *device;
	char *netns;
	char *filter;
	struct number verdicts;
	char *component;
	struct number sample;
	struct number snaplen;
	struct number seconds;
	bool journey;
};
