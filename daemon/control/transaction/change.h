#pragma once

#include "base/error.h"
#include "base/file.h"
#include "base/verdict.h"
#include "daemon/chain/map-permissions.h"
#include "daemon/chain/plan.h"
#include "daemon/kernel/xdp-mode.h"
#include "object/object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Some program of some ELF object. */
struct program_source {
	struct blob object;
	struct blob signature; /* detached, of the object; empty: it has none */
	char *label;	       /* how errors call it: the file's name */
	char *program;	       /* function in it; NULL: it has only one */
	struct strings values; /* of global variables, NAME=VALUE */
	size_t n_libraries;
	struct object *libraries; /* to be joined to it */
	struct strings shares;	  /* of maps, NAME=FROM (daemon/kernel/component/map-share.h) */
	size_t n_pins;
	int *pins;     /* descriptors, ours, of those from pins */
	bool devbound; /* to its device */
};

/* Frees the contents. */
void source_done(struct program_source *source);

/* What a change says about a component beside its program. */
struct component_options {
	char *name; /* NULL: the function's name */
	/* Settings that are not given are what they were, or what the object says, or the default. */
	bool has_priority, has_proceed, has_forbidden, has_on_failure;
	struct component_settings settings;
	char *before; /* at most one of these two: name of a neighbour */
	char *after;
	struct map_permissions map_permissions; /* not looked up yet */
};

/* `settings`, with those that are given in place of theirs. */
struct component_settings component_options_apply(const struct component_options *options,
						  struct component_settings settings);

/* The settings of a component whose options give none. */
struct component_settings program_settings(const struct program_choice *choice);

/* Writes those that are given, as ", priority 7, before 'fw'". */
void component_options_describe(const struct component_options *options, FILE *text);

/* Frees the contents. */
void component_options_done(struct component_options *options);

struct target;
struct transaction;

/* How a kind of change is made. The table of all kinds is in daemon/control/pipeline/change-kinds.c. */
struct change_kind {
	const char *name; /* of the method, for the log */
	size_t options_size;
	void (*options_done)(void *options); /* frees the contents; NULL: there are none to free */
	/* Writes what the options set, for the log, as ", priority 7". NULL: nothing that the result does not say. */
	void (*describe)(const void *options, FILE *text);

	/* On the worker. Makes devices the targets of the transaction. NULL: those that the change names. */
	int (*find)(struct transaction *transaction);
	/* On the worker. Makes the chains of the targets what is wanted. NULL: they stay what they are. */
	int (*edit)(struct transaction *transaction);
	/*
	 * Adds the names of the components on that target that the change is about to `*ret`, to be freed; NULL: it is
	 * about all of them. -ENOMEM.
	 */
	int (*name_of)(const struct transaction *transaction, const struct target *target,
		       char **ret);
	/* After the swap: what the user should know, to be freed, or NULL. NULL: nothing. */
	char *(*note)(const struct target *target);

	bool takes_away;	   /* its client waits until no packet runs what is taken away */
	bool names_policy;	   /* `name_of` is a policy */
	bool permits_maps;	   /* it can say who may open maps */
	bool is_final;		   /* what it takes apart could not be restored */
	bool is_about_unconfirmed; /* it decides about changes that are not confirmed */
	bool restores;		   /* what it loads was in use before */
};

/* One of the devices that a change is about. */
struct change_device {
	char *ifname;
	char *netns; /* path of its namespace; NULL: the daemon's own */
};

/* What a client asks for, before it is known whether that is possible. */
struct change {
	const struct change_kind *kind;
	void *options; /* as the kind says */
	size_t n_devices;
	struct change_device *devices; /* no doubles */
	char *netns;		       /* of the devices, if they are in one */
	bool has_expect_generation;
	uint64_t expect_generation;
	/* Seconds in which the change must be confirmed, or it is rolled back; 0: it stays. */
	uint64_t confirm;
	bool dry_run;	    /* built, and undone */
	bool offers_absent; /* its client can set this: */
	bool allow_absent;  /* its devices may appear later */
	char *object_label; /* how errors call the only object that came with it; NULL: none did, or several */
	uint64_t objects_size; /* bytes of all objects that came with it */
};

/* A change of no devices yet, with options that are zero. -ENOMEM. */
int change_new(const struct change_kind *kind, struct change **ret, struct error *error);

/* Frees the change and all in it. NULL is fine. */
void change_drop(struct change **change);

/* `netns` is a path; NULL: the daemon's own namespace. -ENOMEM. */
int change_add_device(struct change *change, const char *ifname, const char *netns,
		      struct error *error);

/* What became of it, one entry for each device asked for, in that order. */
struct change_result {
	const struct change_kind *kind;
	size_t n_devices;
	struct device_result {
		uint64_t number; /* of the device, here */
		char *ifname;
		char *netns; /* path of its namespace; NULL: the daemon's own */
		unsigned int ifindex;
		char *name; /* of the component attached or detached; NULL for all */
		uint64_t generation;
		enum xdp_mode mode;
		char *note; /* what the user should know, e.g. why the mode is skb; or NULL */
		uint64_t confirm_within; /* seconds in which it must be confirmed; 0: it stays */
	} * devices;
	/* What an apply did, or would do, to each device. */
	size_t n_plans;
	struct plan *plans;
};

/* Free the contents. */
void device_result_done(struct device_result *result);
void change_result_done(struct change_result *result);
