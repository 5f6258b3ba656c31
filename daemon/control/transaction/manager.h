// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pins/opened-maps.h"
#include "daemon/control/pins/orphans.h"
#include "daemon/kernel/grace-period.h"
#include "daemon/state/object-store.h"
#include "daemon/state/registry.h"
#include "daemon/state/signed-objects.h"
#include "daemon/state/state-directory.h"

/* What all transactions share. */
struct manager {
	struct registry registry;
	struct linker *linker;
	struct grace_period grace_period;
	struct pin_directories directories;
	struct state_directory *state;
	struct object_store *store;
	struct signing signing; /* written by the loop, like the registry */
	struct orphans orphans;
	struct opened_maps opened_maps; /* only the worker uses it */
	int backup_pins;	/* fd (daemon/control/pins/backup-pins.h); -1: there are none */
	struct netns *home;	/* the daemon's own namespace */
	uint64_t last_number;	/* the number of the device that was added last */
	uint64_t last_rollback; /* the number of the unconfirmed change that was made last */
	/*
	 * They drop packets in place of components that cannot be loaded, one for each attach type; NULL
	 * until they are needed.
	 */
	struct component *drop_program, *xdp_drop_program;
};

/*
 * The namespace at that path, NULL for the daemon's own: the one that a managed device has, if it is still
 * at that path, or a new one. The caller holds `*ret`. Errors as with netns_open().
 */
int manager_get_netns(const struct manager *manager, const char *path, struct netns **ret,
		      struct error *error);
