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

/* What somebody asks for, before it is known whether it can be had. */
enum change_kind {
	CHANGE_ATTACH,
	CHANGE_DETACH,
	CHANGE_REPLACE,
	CHANGE_MOVE,
	CHANGE_INTEROP,
	CHANGE_SET_POLICY,
	CHANGE_CLEAR_POLICY,
	CHANGE_APPLY,
	CHANGE_ADOPT,	/* nothing more is to be said about it */
	CHANGE_CONFIRM, /* what was changed on condition of that stays */
	CHANGE_REVERT,	/* or goes back */
	CHANGE_RELINK,	/* of the devices whose components use a library */
	CHANGE_NONE,	/* the devices are only looked at; never submitted */
};

/* Whose tools are to list what a device runs. */
enum interop {
	INTEROP_UNSET, /* as it was, at first nobody's */
	INTEROP_NONE,
	INTEROP_LIBXDP,
};

/* Some program of some ELF object. */
struct program_source {
	struct blob object;
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

/* What is said of a component beside its program. */
struct component_options {
	char *name;	   /* NULL: the function's name */
	bool has_priority; /* else from the object, else PRIORITY_DEFAULT */
	uint16_t priority;
	bool has_proceed; /* else from the object, else PROCEED_DEFAULT */
	verdict_set proceed;
	verdict_set forbidden;
	enum on_failure on_failure;
	struct map_permissions map_permissions; /* not looked up yet */
};

struct attach_options {
	struct program_source source;
	struct component_options component;
	char *before; /* at most one of these two: name of a neighbour */
	char *after;
	char *slot; /* of the device's policy; NULL: a place in the chain */
	enum xdp_mode mode;
	enum interop interop; /* of the devices */
	char *match; /* what tells the only device when it comes again; NULL: as it was, or its name */
};

struct detach_options {
	char *name;   /* NULL with `all` */
	bool all;     /* every component */
	bool release; /* and give the device up */
};

struct replace_options {
	struct program_source source;
	char *name;	       /* of the component */
	bool fresh_maps;       /* none is carried over */
	bool allow_map_change; /* one of another definition is not carried over */
};

/* A new place, proceed set or limit, or other owners of its maps, for a component that stays what it is. */
struct move_options {
	char *name;
	bool has_priority;
	uint16_t priority;
	bool has_proceed;
	verdict_set proceed;
	bool has_forbidden;
	verdict_set forbidden;
	struct map_permissions map_permissions; /* not looked up yet */
	char *before;				/* at most one of these two: name of a neighbour */
	char *after;
};

/* A library takes the place of another one, in all components that use it. */
struct relink_options {
	char *library; /* name of its file, or sha256:HEX */
	struct program_source source;
};

/* Another rootlet: one of the user's own, or, without a source, the ordinary one again. */
struct policy_options {
	struct program_source source;
	bool park; /* components that have no place in it wait for one that has */
};

/* All that is to run on devices. */
struct apply_options {
	/* One for each of the change's devices, with a namespace of its own. */
	struct apply_device {
		char *netns; /* its path; NULL: the daemon's own */
		enum xdp_mode mode;
		char *match; /* NULL: its name */
		bool interop;
		struct apply_component *policy; /* only its program counts; NULL: there is none */
		size_t n_components;
		struct apply_component {
			char sha256[SHA256_TEXT_SIZE]; /* "": it was adopted without an object */
			size_t n_libraries;
			char (*libraries)[SHA256_TEXT_SIZE]; /* to be joined to it */
			char *program;			     /* NULL: the object has only one */
			char *slot;			     /* of the policy; NULL: none */
			struct strings values;		     /* of global variables, NAME=VALUE */
			struct strings shares;		     /* of maps, NAME=FROM */
			size_t n_pins;
			const int *pins; /* of those from pins, among those below */
			bool devbound;	 /* to its device */
			bool may_park;	 /* where there is no place for it */
			struct component_options options;
		} * components;
	} * devices;
	/* Those sent with the change, each once, without digests; other objects must be in the store. */
	size_t n_objects;
	struct object *objects;
	size_t n_pins;
	int *pins;	       /* descriptors, ours */
	bool allow_map_change; /* as in replace_options */
	bool dry_run;	       /* built, and undone */
};

struct change {
	enum change_kind kind;
	size_t n_devices;
	char **devices; /* names, no doubles */
	char *netns;	/* path of their namespace; NULL: the daemon's own */
	bool has_expect_generation;
	uint64_t expect_generation;
	/* Seconds in which CHANGE_CONFIRM must come, else what was wanted before is; 0: it stays. */
	uint64_t confirm;
	bool overdue; /* CHANGE_REVERT: of one change whose time is over, if there is one */
	struct attach_options attach;	/* of CHANGE_ATTACH */
	struct detach_options detach;	/* of CHANGE_DETACH */
	struct replace_options replace; /* of CHANGE_REPLACE */
	struct move_options move;	/* of CHANGE_MOVE */
	struct relink_options relink;	/* of CHANGE_RELINK, which names no devices */
	enum interop interop;		/* of CHANGE_INTEROP */
	struct policy_options policy;	/* of CHANGE_SET_POLICY and CHANGE_CLEAR_POLICY */
	struct apply_options apply;	/* of CHANGE_APPLY */
};

/* Frees the change and all in it. NULL is fine. */
void change_drop(struct change **change);

/* One of the devices that a change is about. */
struct change_device {
	const char *ifname;
	const char *netns; /* as the change's */
};

struct change_device change_device(const struct change *change, size_t number);

/* Is it only to be seen whether it could be done? */
bool change_is_dry_run(const struct change *change);

/* Bytes of the objects that came with it. */
size_t change_objects_size(const struct change *change);

/* What became of it, one entry for each device asked for, in that order. */
struct change_result {
	size_t n_devices;
	struct device_result {
		uint64_t number; /* of the device, here */
		char *ifname;
		unsigned int ifindex;
		char *name; /* of the component attached or detached; NULL for all */
		uint64_t generation;
		enum xdp_mode mode;
		char *note; /* what the user should know, e.g. why the mode is skb; or NULL */
		uint64_t confirm_within; /* seconds in which it must be confirmed; 0: it stays */
	} * devices;
	/* Of CHANGE_APPLY: what it was, or would be, for each device. */
	size_t n_plans;
	struct plan *plans;
};

/* Free the contents. */
void device_result_done(struct device_result *result);
void change_result_done(struct change_result *result);
