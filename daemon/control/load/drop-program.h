// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/manager.h"

/*
 * The component that drops all packets. It replaces components that cannot be loaded and have --on-failure
 * drop. Loaded when it is first needed; stays the manager's.
 */
int drop_program_get(struct manager *manager, enum bpf_attach_type attach_type,
		     struct component **ret, struct error *error);
