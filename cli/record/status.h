// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/record/recordings.h"

#include <jansson.h>

/* The member `recordings` of the reply of record_status_method has this for each recording; a new reference. */
json_t *recording_encode(const struct recording *recording);

/* Shows that reply to people. */
void recordings_show(const json_t *reply);
