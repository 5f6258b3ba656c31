// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/file.h"
#include "base/verdict.h"
#include "daemon/chain/grant.h"
#include "daemon/chain/map-permissions.h"
#include "daemon/chain/plan.h"
#include "daemon/kernel/xdp-mode.h"
#include "object/object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A program of an ELF object, which a client sent. */
struct program_source {
	struct blob object;
	struct blob signature; /* detached, of the object; empty: it is not signed */
	char *label;	       /* how errors name the object: by the name of its file */
	char *program;	       /* its function; NULL: the object has only one program */
	struct strings values; /* of global variables, NAME=VALUE */
	size_t n_libraries;
	struct object *libraries; /* to be linked to the object */
	struct strings shares;	  /* of maps, NAME=FROM (daemon/kernel/component/map-share.h) */
	size_t n_pins;
	int *pins;     /* of the shares from pins; ours to close */
	bool devbound; /* bound to its device */
};

/* Frees the contents. */
void source_done(struct program_source *source);

/* What a change sets for a component, besides its program. */
struct component_options {
	char *name;  /* NULL: the name of the function */
	char *owner; /* NULL: none */
	/*
	 * Settings that are not given keep their value; those of a new component come from the object, or
	 * are the default.
	 */
	bool has_priority, has_proceed, has_forbidden, has_on_failure;
	struct component_settings settings;
	char *before; /* at most one of these two; the name of a neighbour */
	char *after;
	struct map_permissions map_permissions; /* not looked up yet */
};

/* `settings`, with the given options in their place. */
struct component_settings component_options_apply(const struct component_options *options,
						  struct component_settings settings);

/* The settings of a component without options. */
struct component_settings program_settings(const struct program_choice *choice);

/* Writes the given options for the log, like ", priority 7, before 'fw'". */
void component_options_describe(const struct component_options *options, FILE *text);

/* Frees the contents. */
void component_options_done(struct component_options *options);

struct target;
struct transaction;

/* How a kind of change is made. The table of all kinds is in daemon/control/pipeline/change-kinds.c. */
struct change_kind {
	const char *name; /* of its method, for the log */
	size_t options_size;
	void (*options_done)(void *options); /* frees the contents; NULL: there are none to free */
	/* Writes the options for the log, like ", priority 7". NULL: the result shows them all. */
	void (*describe)(const void *options, FILE *text);

	/*
	 * On the worker. Makes devices the targets of the transaction. NULL: the targets are the devices
	 * that the change names.
	 */
	int (*find)(struct transaction *transaction);
	/* On the worker. Adds devices that the change does not name. NULL: there are none. */
	int (*find_more)(struct transaction *transaction);
	/* On the worker. Edits the wanted chains of the targets. NULL: they stay the same. */
	int (*edit)(struct transaction *transaction);
	/*
	 * Adds the names of the components on that target that the change is about to `*ret`; the caller
	 * frees them. NULL: the change is about all components. -ENOMEM.
	 */
	int (*name_of)(const struct transaction *transaction, const struct target *target,
		       char **ret);
	/* After the swap: a note for the user, to be freed, or NULL. NULL: there never is one. */
	char *(*note)(const struct target *target);

	/* It removes something, so its client waits until no packet runs that any longer. */
	bool takes_away;
	bool names_policy; /* `name_of` names a policy */
	bool permits_maps; /* it can set who may open maps */
	/* It removes something that could not be restored, so it cannot be rolled back. */
	bool is_final;
	bool is_about_unconfirmed; /* it confirms or rolls back unconfirmed changes */
	bool restores;		   /* what it loads was in use before */
	bool keeps_unconfirmed;	   /* an unconfirmed change of the device stays unconfirmed */
};

/* One of the devices that a change is about. */
struct change_device {
	char *ifname;
	char *netns; /* path of its namespace; NULL: the daemon's own */
};

/* What a client asks for, before it is known whether it is possible. */
struct change {
	const struct change_kind *kind;
	void *options; /* as the kind says */
	size_t n_devices;
	struct change_device *devices; /* each only once */
	char *netns;		       /* of the devices, if all are in one namespace */
	bool has_expect_generation;
	uint64_t expect_generation;
	/*
	 * The number of seconds in which the change must be confirmed, or it is rolled back; 0: it needs no
	 * confirmation.
	 */
	uint64_t confirm;
	bool dry_run;	    /* build it, but do not run it */
	bool offers_absent; /* the client can set `allow_absent` */
	bool allow_absent;  /* its devices may appear later */
	/* How errors name the only object of the change; NULL: there is none, or several. */
	char *object_label;
	uint64_t objects_size; /* bytes of all objects that were sent with it */
	/*
	 * The client may change only components of owners, within these grants. False: it may change
	 * everything.
	 */
	bool is_limited;
	struct grants grants;
	uid_t uid; /* of that client */
};

/* Makes a change without devices, whose options are zeroed. -ENOMEM. */
int change_new(const struct change_kind *kind, struct change **ret, struct error *error);

/* Frees the change and its contents. NULL is fine. */
void change_drop(struct change **change);

/* `netns` is a path; NULL: the daemon's own namespace. -ENOMEM. */
int change_add_device(struct change *change, const char *ifname, const char *netns,
		      struct error *error);

/* The outcome, with one entry for each device of the change, in the same order. */
struct change_result {
	const struct change_kind *kind;
	size_t n_devices;
	struct device_result {
		uint64_t number; /* the device's number in this xdpd */
		char *ifname;
		char *netns; /* path of its namespace; NULL: the daemon's own */
		unsigned int ifindex;
		char *name; /* of the component that was attached or detached; NULL: all components */
		uint64_t generation;
		enum xdp_mode mode;
		char *note; /* for the user, for example why the mode is skb; or NULL */
		/* Seconds in which it must be confirmed; 0: it needs no confirmation. */
		uint64_t confirm_within;
	} * devices;
	/* What an apply did, or would do, to each device. */
	size_t n_plans;
	struct plan *plans;
};

/* Free the contents. */
void device_result_done(struct device_result *result);
void change_result_done(struct change_result *result);
