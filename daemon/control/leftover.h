#pragma once

#include "daemon/control/registry.h"

/*
 * Devices that still run the chain of an xdpd that was stopped or killed: their packets flow on,
 * but this daemon knows nothing of the chain but its pins.
 */

bool leftover_exists(const struct registry *registry, const struct pin_places *places,
		     unsigned int ifindex);

/* Takes that chain off its device, and all its pins away. */
void leftover_release(const struct registry *registry, const struct pin_places *places,
		      unsigned int ifindex);

/* Takes away the pins of devices that are gone, and of components that nothing can need any more. */
void leftover_sweep(const struct registry *registry, const struct pin_places *places);
