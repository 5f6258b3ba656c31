#pragma once

#include <jansson.h>

/*
 * A JSON Schema (draft 2020-12) of files with chains, from the tables that document_decode() goes by:
 * one refuses what the other refuses. A new reference; NULL without memory.
 */
json_t *schema_new(void);
