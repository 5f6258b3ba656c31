// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/chain/component-settings.h"
#include "daemon/chain/component-stats.h"
#include "daemon/chain/lease.h"
#include "daemon/chain/map-permissions.h"
#include "daemon/kernel/component/component.h"

/* "skip" or "drop". on_failure_from_name() returns ON_FAILURE_COUNT for an invalid name. */
const char *on_failure_name(enum on_failure on_failure);
enum on_failure on_failure_from_name(const char *name);

/* A component's place in the wanted chain of a device. */
struct entry {
	/* Of this attachment, never used again on the device, because counters belong to it. */
	uint64_t id;
	char *name;
	char *owner; /* NULL: it has none; see daemon/chain/owner.h */
	struct component_settings settings;
	struct map_permissions map_permissions; /* who may open its maps */
	struct component_spec spec;		/* what it is loaded from */
	struct component *component;		/* held; NULL while it is not loaded */
	char *failure;				/* why it could not be, one sentence; or NULL */
	bool parked;				/* it waits until the rootlet has a place for it */
	/* Of the client's connection, with which it ends; LEASE_NONE: it stays until it is detached. */
	uint64_t lease;
	struct component_stats total; /* counts of retired generations */
};

/*
 * The wanted chain of one device, in the order in which it runs: by priority, then by age. With a policy,
 * which is the user's own rootlet, the order means nothing, and each entry fills the slot in its spec.
 */
struct chain {
	size_t n_entries;
	struct entry *entries;
	uint64_t last_id;
	/* NULL: there is no policy. Only its name, spec and component are used. */
	struct entry *policy;
};

/* The place and the name of a new entry. The caller owns the strings. */
struct position {
	const char *name;
	bool has_priority; /* the user set it; a neighbour's priority does not override it */
	struct component_settings settings;
	const char *before; /* at most one of these two: a neighbour's name */
	const char *after;
};

/* These functions make no system calls. `ifname` is used for errors. */

/* `*ret` holds the components, too. -ENOMEM. */
int chain_copy(const struct chain *chain, struct chain *ret, struct error *error);

/* Frees the contents and releases the components. */
void chain_done(struct chain *chain);

/* The entry of that name; NULL: there is none. */
struct entry *chain_find(const struct chain *chain, const char *name);
struct entry *chain_find_id(const struct chain *chain, uint64_t id);

/* The component with that id in the kernel; NULL: no entry has it. */
struct component *chain_find_loaded(const struct chain *chain, uint32_t id);

/*
 * Iterates over everything that is loaded for the chain: its entries, then its policy, then NULL.
 */
struct entry *chain_nth(const struct chain *chain, size_t number);

/* The last entry that is not parked and not in a slot; NULL: there is none. */
const struct entry *chain_last(const struct chain *chain);

/* The first entry that should run and is bound to the device; NULL: there is none. */
const struct entry *chain_find_bound(const struct chain *chain);

/* The entry that fills the slot; NULL: none does. */
struct entry *chain_find_slot(const struct chain *chain, const char *slot);

/*
 * A component of that spec and owner in the chain that is not parked, and that the other chain does not
 * have; NULL: there is none.
 */
struct component *chain_find_component(const struct chain *chain, const struct component_spec *spec,
				       const char *owner, const struct chain *other);

/*
 * Inserts a new entry, without a component yet, after those of its priority, or next to the neighbour that
 * `position` names. Errors: NameTaken, ChainFull (with `entries_max`), NoSuchComponent for the neighbour,
 * InvalidArgument if the priority does not fit there. `*ret` points into the chain.
 */
int chain_insert(struct chain *chain, const struct position *position, size_t entries_max,
		 const char *ifname, struct entry **ret, struct error *error);

/*
 * Gives the entry with the name position->name the settings, except for the priority. If the position has a
 * priority or a neighbour, also moves the entry there. The rest of the entry stays. Errors as with
 * chain_insert().
 */
int chain_move(struct chain *chain, const struct position *position, const char *ifname,
	       struct error *error);

/* Removes the entry of that name. Errors: NoSuchComponent. */
int chain_remove(struct chain *chain, const char *name, const char *ifname, struct error *error);

/*
 * Owners and modes of maps that were set in the chain before, but no longer are, become root's; see
 * map_permissions_withdraw(). Components with the same name count as the same, because their pins have the
 * same paths. -ENOMEM.
 */
int chain_withdraw_map_permissions(struct chain *chain, const struct chain *before,
				   struct error *error);

/* Removes all entries. */
void chain_clear(struct chain *chain);

/*
 * Makes the loaded component the policy and releases the previous policy; NULL: no policy. -ENOMEM.
 */
int chain_set_policy(struct chain *chain, struct component *policy, struct error *error);

/*
 * Makes the entry hold a loaded component in place of its previous one, or of its failure. -ENOMEM.
 */
int entry_set_component(struct entry *entry, struct component *component, struct error *error);

/* Does the component run, by a tail call? */
bool entry_is_tail_called(const struct entry *entry);
