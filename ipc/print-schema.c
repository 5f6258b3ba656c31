// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Prints the JSON Schema of chain files, which is docs/chains.schema.json. */
#include "ipc/schema.h"

#include <stdio.h>

int main(void)
{
	json_t *schema = schema_new();
	int result = schema ? json_dumpf(schema, stdout, JSON_INDENT(2)) : -1;

	json_decref(schema);
	return result < 0 || putchar('\n') < 0 || fflush(stdout) != 0;
}
