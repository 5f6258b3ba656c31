// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/chain/diff.h"

/* The steps that turn a chain into another one, in words that a person can judge. */

enum action {
	ACTION_KEEP,
	ACTION_ADD,
	ACTION_REPLACE, /* it gets another program */
	ACTION_SET,	/* it stays loaded, with other settings */
	ACTION_REMOVE,
	ACTION_COUNT
};

/* For example "keep". */
const char *action_name(enum action action);

/* What happens to one component. */
struct step {
	char *name;
	enum action action;
	struct diff diff;
	bool is_loaded;	   /* it is loaded in this step */
	uint64_t verified; /* if so: the instructions that the verifier followed; 0: not known */
};

/* What happens to one device. */
struct plan {
	char *ifname;
	char *netns;	     /* path; NULL: the daemon's own */
	uint64_t generation; /* before the change */
	bool changes;	     /* false: all stays as it is */
	struct diff diff;    /* of the device itself */
	size_t n_steps;
	/* The components of the wanted chain in its order, then those that are removed. */
	struct step *steps;
	struct strings warnings;
};

/* Frees the contents. */
void plan_done(struct plan *plan);

/*
 * Turns the chain into the specified one: sorted by priority; components of the same priority keep their
 * order. A component that exists under its name keeps its counters. No spec is changed and nothing is
 * loaded: the steps say what must be added or replaced. Makes no system call. Errors: NameTaken; ChainFull;
 * NoSuchComponent for a component without a spec that does not exist, or was not adopted. After an error the
 * chain can only be freed.
 */
int plan_chain(struct chain *chain, size_t n_configs, const struct component_config *configs,
	       size_t entries_max, struct plan *ret, struct error *error);

/*
 * Notes a changed field of the device, unless both texts are the same. NULL: the field has no value. -ENOMEM
 */
int plan_compare(struct plan *plan, const char *field, const char *before, const char *after,
		 struct error *error);

/*
 * Warns of each component that can let packets bypass the ones after it, according to its code. -ENOMEM
 */
int plan_warn(struct plan *plan, const struct chain *chain, struct error *error);

/* Warns that the device has an unconfirmed change. -ENOMEM */
int plan_warn_suspended(struct plan *plan, struct error *error);
int plan_warn_unconfirmed(struct plan *plan, struct error *error);

/* Warns of a component that has no place, with the reason. -ENOMEM */
int plan_warn_parked(struct plan *plan, const char *name, const char *why, struct error *error);
