// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/pipeline/describe.h"

#include "base/cleanup.h"

#include <stdio.h>

/* How many devices are named; further ones are only counted. */
#define DEVICES_MAX 3

static const char *const others[] = {
	[TRANSACTION_GONE] = "letting go of the chain of",
	[TRANSACTION_LOST] = "letting go of the chain of",
	[TRANSACTION_FUSE] = "fusing the chain of",
	[TRANSACTION_LINK] = "building the chain of",
};

static void write_change(FILE *text, const char *name, const struct change *change)
{
	fputs(name, text);
	if (change->object_label)
		fprintf(text, " of '%s'", change->object_label);
	for (size_t i = 0; i < change->n_devices && i < DEVICES_MAX; i++)
		fprintf(text, "%s%s", i ? ", " : " on ", change->devices[i].ifname);
	if (change->n_devices > DEVICES_MAX)
		fprintf(text, " and %zu more", change->n_devices - DEVICES_MAX);
}

char *change_describe(const char *name, const struct change *change)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	write_change(stream, name, change);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

char *transaction_describe(const struct transaction *transaction)
{
	char *text;

	if (transaction->kind == TRANSACTION_CHANGE)
		return change_describe(transaction->change->kind->name, transaction->change);
	if (asprintf(&text, "%s %s", others[transaction->kind], transaction->ifname) < 0)
		return NULL;
	return text;
}
