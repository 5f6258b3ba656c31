#pragma once

#include "daemon/control/pins/orphans.h"
#include "daemon/kernel/grace-period.h"
#include "daemon/state/object-store.h"
#include "daemon/state/registry.h"
#include "daemon/state/signed-objects.h"
#include "daemon/state/state-directory.h"

/* What transactions work with; one for all of them. */
struct manager {
	struct registry registry;
	struct linker *linker;
	struct grace_period grace_period;
	struct pin_directories directories;
	struct state_directory *state;
	struct object_store *store;
	struct signing signing; /* the loop's, as the registry is */
	struct orphans orphans;
	int backup_pins;	/* fd (daemon/control/pins/backup-pins.h); -1: there are none */
	struct netns *home;	/* the daemon's own namespace */
	uint64_t last_number;	/* of a device */
	uint64_t last_rollback; /* change */
	/* They drop packets in place of what cannot be loaded, one an attach type; or NULL. */
	struct component *drop_program, *xdp_drop_program;
};

/*
 * The namespace at that path, NULL for the daemon's own: that of a device of ours, if it is still the
 * one that is there, or a new one. `*ret` is held for the caller. Errors as with netns_open().
 */
int manager_get_netns(const struct manager *manager, const char *path, struct netns **ret,
		      struct error *error);
