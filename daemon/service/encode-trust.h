#pragma once

#include "daemon/state/signed-objects.h"

#include <jansson.h>

/*
 * {"signed_by": ...} or {"untrusted": ...}, as the interface has them; a new reference, NULL without memory. Where no
 * signature is required, nothing is untrusted.
 */
json_t *trust_encode(const struct signing *signing, const struct component_spec *spec);
