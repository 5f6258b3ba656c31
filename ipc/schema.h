// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <jansson.h>

/*
 * A JSON Schema (draft 2020-12) of chain files, from the tables that document_decode() uses: both refuse the
 * same files. A new reference; NULL: out of memory.
 */
json_t *schema_new(void);
