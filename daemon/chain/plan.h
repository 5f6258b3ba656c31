#pragma once

#include "daemon/chain/diff.h"

/* What is to be done so that a chain becomes another, in words that a person can judge. */

enum action {
	ACTION_KEEP,
	ACTION_ADD,
	ACTION_REPLACE, /* its program becomes another */
	ACTION_SET,	/* it stays loaded as it is */
	ACTION_REMOVE,
	ACTION_COUNT
};

/* "keep" and the like. */
const char *action_name(enum action action);

/* What becomes of one component. */
struct step {
	char *name;
	enum action action;
	struct diff diff;
	bool is_loaded;	   /* newly */
	uint64_t verified; /* then: instructions that the verifier followed; 0: not known */
};

/* What becomes of one device. */
struct plan {
	char *ifname;
	char *netns;	     /* path; NULL: the daemon's own */
	uint64_t generation; /* before */
	bool changes;	     /* is anything to be done? */
	struct diff diff;    /* of the device itself */
	size_t n_steps;
	struct step *steps; /* those of the wanted chain in its order, then what is removed */
	struct strings warnings;
};

/* Frees the contents. */
void plan_done(struct plan *plan);

/*
 * Makes the chain what is specified: sorted by priority, those of one priority as they come. What is
 * there by its name stays what it is to counters. No spec is changed, and nothing loaded: the steps
 * say what is to be added or replaced. Pure. Errors: NameTaken, ChainFull, NoSuchComponent for one
 * without spec that is not there, or was not adopted; the chain can only be freed then.
 */
int plan_chain(struct chain *chain, size_t n_configs, const struct component_config *configs,
	       size_t entries_max, struct plan *ret, struct error *error);

/*
 * Notes that a field of the device changes, unless both texts are the same. NULL: no value. -ENOMEM
 */
int plan_compare(struct plan *plan, const char *field, const char *before, const char *after,
		 struct error *error);

/* Warns of each component that can let packets pass by those behind it, as its code tells. -ENOMEM */
int plan_warn(struct plan *plan, const struct chain *chain, struct error *error);

/* Warns that the change before is not confirmed yet. -ENOMEM */
int plan_warn_suspended(struct plan *plan, struct error *error);
int plan_warn_unconfirmed(struct plan *plan, struct error *error);

/* Warns of a component that has no place, and why not. -ENOMEM */
int plan_warn_parked(struct plan *plan, const char *name, const char *why, struct error *error);
