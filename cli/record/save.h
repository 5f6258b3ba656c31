// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/record/recordings.h"

#include <jansson.h>

/*
 * Writes the packets of a recording to a file, "-": stdout, as pcapng. `last`: only packets of so many
 * microseconds before now or, if the recorder has ended, before its end; 0: all. `*ret` is the reply of
 * record_save_method. Errors: InvalidArgument if the file cannot be written; BadState.
 */
int recording_save(const struct recording *recording, const char *path, uint64_t last, json_t **ret,
		   struct error *error);
