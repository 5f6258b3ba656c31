// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/state/signed-objects.h"

#include <jansson.h>

/*
 * Encodes the interface's {"signed_by": ...} or {"untrusted": ...}. Returns a new reference, or NULL without
 * memory. If no signature is required, nothing is untrusted.
 */
json_t *trust_encode(const struct signing *signing, const struct component_spec *spec);
