#pragma once

#include "daemon/control/change.h"
#include "daemon/control/registry.h"
#include "daemon/kernel/grace.h"

#include <stdatomic.h>

/* What transactions work with; one for all of them. */
struct workshop {
	struct registry registry;
	struct linker *linker;
	struct grace grace;
	struct pin_places places;
};

/* What becomes of one device in a transaction. */
struct target {
	const char *ifname;
	unsigned int ifindex;
	struct device *device; /* the registry's, or ours while `is_new` or after a release */
	bool is_new;
	bool is_leftover;
	bool release;
	struct chain wanted;
	struct entry *inserted; /* in `wanted`, by an attach */
	struct generation *built;
	bool swapped;
	/* What the device ran before, to be let go when the last packet has left it. */
	struct generation *old;
	struct chain old_chain;
};

/*
 * One change on its way: built and swapped on the worker, committed on the loop, retired on the
 * worker again. All its devices change, or none. These functions are called in this order; between
 * them the transaction owns the graph, and only transaction_commit() and transaction_fold() change
 * what the loop can see.
 */
struct transaction {
	enum transaction_kind {
		TRANSACTION_CHANGE, /* somebody asked for it */
		TRANSACTION_GONE,   /* a device went away by itself */
		TRANSACTION_SETTLE, /* a chain was quiet for a while */
	} kind;
	struct workshop *workshop;
	struct change *change;	  /* of TRANSACTION_CHANGE */
	char ifname[IF_NAMESIZE]; /* of TRANSACTION_SETTLE */
	size_t n_targets;
	struct target *targets;
	atomic_bool abandoned; /* nobody wants it any more: swap nothing in */
	struct object object;
	struct program_choice choice;
	struct component *component; /* held */
	struct change_result result;
	struct error error;
};

/* Takes `change` over, also on failure. */
int transaction_new(struct workshop *workshop, struct change *change, struct transaction **ret,
		    struct error *error);

/* The transaction that lets a device go which does not exist any more. */
int transaction_new_gone(struct workshop *workshop, unsigned int ifindex, struct transaction **ret,
			 struct error *error);

/* The transaction that builds the chain of a device of ours again, by linker_type.settle(). */
int transaction_new_settle(struct workshop *workshop, const struct device *device,
			   struct transaction **ret, struct error *error);

void transaction_drop(struct transaction **transaction);

/* On the worker. After it `error` says if it failed; then nothing has changed for any device. */
void transaction_build(struct transaction *transaction);

/* Was it swapped in, and not committed yet? For a daemon that stops. */
bool transaction_is_swapped(const struct transaction *transaction);

/* On the loop: what was swapped in becomes what is wanted. Cannot fail. */
void transaction_commit(struct transaction *transaction);

/* On the worker: waits until the last packet has left what ran before. */
void transaction_wait(struct transaction *transaction);

/* On the loop: counters of what ran before go into the totals. */
void transaction_fold(struct transaction *transaction);

/* On the worker: what ran before goes. */
void transaction_let_go(struct transaction *transaction);
