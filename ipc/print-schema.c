/* Prints the JSON Schema of files with chains, as docs/chains.schema.json has it. */
#include "ipc/schema.h"

#include <stdio.h>

int main(void)
{
	json_t *schema = schema_new();
	int result = schema ? json_dumpf(schema, stdout, JSON_INDENT(2)) : -1;

	json_decref(schema);
	return result < 0 || putchar('\n') < 0 || fflush(stdout) != 0;
}
