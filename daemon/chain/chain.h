#pragma once

#include "base/error.h"
#include "daemon/chain/component-settings.h"
#include "daemon/chain/component-stats.h"
#include "daemon/chain/map-permissions.h"
#include "daemon/kernel/component/component.h"

/* "skip" and "drop"; the other way gives ON_FAILURE_COUNT for a name that is neither. */
const char *on_failure_name(enum on_failure on_failure);
enum on_failure on_failure_from_name(const char *name);

/* A component's place in the wanted chain of a device. */
struct entry {
	uint64_t id; /* of this attachment, never used again on the device: counters belong to it */
	char *name;
	struct component_settings settings;
	struct map_permissions map_permissions; /* who may open them */
	struct component_spec spec;		/* what it is loaded from */
	struct component *component;		/* held; NULL while it is not loaded */
	char *failure;				/* why it could not be, one sentence; or NULL */
	bool parked; /* the rootlet has no place for it, and it waits for one that has */
	struct component_stats total; /* what retired generations counted */
};

/*
 * The wanted chain of one device, in the order it runs: priority first, then age. With a policy, a
 * rootlet of the user's own, the order means nothing, and each entry fills the slot of its spec.
 */
struct chain {
	size_t n_entries;
	struct entry *entries;
	uint64_t last_id;
	/* NULL: no policy. Only name, spec and component of it are used. */
	struct entry *policy;
};

/* Where a new entry goes, and what it is called. The strings stay the caller's. */
struct position {
	const char *name;
	bool has_priority; /* the user set it; a neighbour's priority does not override it */
	struct component_settings settings;
	const char *before; /* at most one of these two: a neighbour's name */
	const char *after;
};

/* All of these are pure: no system calls. `ifname` is for errors. */

/* `*ret` holds the components too. -ENOMEM. */
int chain_copy(const struct chain *chain, struct chain *ret, struct error *error);

/* Frees the contents and lets the components go. */
void chain_done(struct chain *chain);

/* NULL if there is none. */
struct entry *chain_find(const struct chain *chain, const char *name);
struct entry *chain_find_id(const struct chain *chain, uint64_t id);

/* The component with that id in the kernel; NULL: none has it. */
struct component *chain_find_loaded(const struct chain *chain, uint32_t id);

/* All that is loaded for the chain: its entries, and its policy behind them; then NULL. */
struct entry *chain_nth(const struct chain *chain, size_t number);

/* The last entry that has its place in the order; NULL if none has. */
const struct entry *chain_last(const struct chain *chain);

/* The first that runs, or is to, and is bound to the device; NULL if none is. */
const struct entry *chain_find_bound(const struct chain *chain);

/* The entry that fills the slot; NULL if none does. */
struct entry *chain_find_slot(const struct chain *chain, const char *slot);

/*
 * A component of that spec that is not parked in the chain and not in the other chain; NULL: none.
 */
struct component *chain_find_component(const struct chain *chain, const struct component_spec *spec,
				       const struct chain *other);

/*
 * Puts a new entry, without a component yet, behind those of its priority, or next to the
 * neighbour named. Errors: NameTaken, ChainFull (with `entries_max`), NoSuchComponent for the
 * neighbour, InvalidArgument when the priority does not fit there. `*ret` points into the chain.
 */
int chain_insert(struct chain *chain, const struct position *position, size_t entries_max,
		 const char *ifname, struct entry **ret, struct error *error);

/*
 * Gives the entry of position->name the settings but for the priority, and, if the position has a priority or a
 * neighbour, the place it says; everything else of the entry stays. Errors as with chain_insert().
 */
int chain_move(struct chain *chain, const struct position *position, const char *ifname,
	       struct error *error);

/* Takes the entry of that name out. Errors: NoSuchComponent. */
int chain_remove(struct chain *chain, const char *name, const char *ifname, struct error *error);

/*
 * What the chain before says about who may open maps, and the chain no longer says, becomes root's again; see
 * map_permissions_withdraw(). Components are the same by their names here, as pins are. -ENOMEM.
 */
int chain_withdraw_map_permissions(struct chain *chain, const struct chain *before,
				   struct error *error);

/* Takes all out. */
void chain_clear(struct chain *chain);

/* Makes the loaded component the policy and releases the previous one; NULL: no policy. -ENOMEM. */
int chain_set_policy(struct chain *chain, struct component *policy, struct error *error);

/* Gives the entry a loaded component to hold, instead of what it held or failed to. -ENOMEM. */
int entry_set_component(struct entry *entry, struct component *component, struct error *error);

/* Does it run, and by a tail call? */
bool entry_is_tail_called(const struct entry *entry);

/* Frees the contents of an entry that is in no chain. */
void entry_done(struct entry *entry);
