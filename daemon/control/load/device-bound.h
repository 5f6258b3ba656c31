// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/manager.h"
#include "daemon/control/transaction/transaction.h"
#include "daemon/linkers/blueprint.h"

/* Components that are bound to their device (daemon/kernel/component/device-bound.h). */

/*
 * Binds the component that is loaded next to the device of the target, if its spec says so, and enters the
 * device's namespace for that. Errors: Unsupported on kernels before 6.3; NoSuchDevice while the device is
 * absent; ModeMismatch if it runs in skb mode.
 */
int device_bound_options(const struct manager *manager, const struct target *target,
			 struct load_options *options, struct netns_visit *visit,
			 struct error *error);

/* The same for the rootlet of a chain, if a component in it is bound. */
int device_bound_blueprint(const struct target *target, struct blueprint *blueprint,
			   struct netns_visit *visit, struct error *error);
