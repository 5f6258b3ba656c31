#pragma once

#include "daemon/control/transaction/manager.h"

/*
 * The component that drops all packets, for the places of components that cannot be loaded and without
 * which nothing may pass (--on-failure drop). Loaded when it is first wanted; stays the manager's.
 */
int drop_program_get(struct manager *manager, enum bpf_attach_type attach_type,
		     struct component **ret, struct error *error);
