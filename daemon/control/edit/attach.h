// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/edit/interop.h"
#include "daemon/control/transaction/transaction.h"

/* The kind of change that adds a component to chains. */
struct attach_options {
	struct program_source source;
	struct component_options component;
	char *slot; /* of the device's policy; NULL: a place in the chain */
	enum xdp_mode mode;
	enum interop interop; /* of the devices */
	uint64_t lease; /* of the client's connection, with which the component ends; LEASE_NONE */
	char *match; /* identifies the only device when it reappears; NULL: unchanged, or its name */
};

/* Functions of struct change_kind for this kind of change. */
void attach_options_done(void *options);
int attach_edit(struct transaction *transaction);
int attach_name(const struct transaction *transaction, const struct target *target, char **ret);
