#define _GNU_SOURCE
#include "daemon/control/pipeline/describe.h"

#include "base/cleanup.h"

#include <assert.h>
#include <stdio.h>

/* Names beside it, until the rest is only counted. */
#define DEVICES_MAX 3

static const char *const changes[] = {
	[CHANGE_ATTACH] = "Attach",
	[CHANGE_DETACH] = "Detach",
	[CHANGE_REPLACE] = "Replace",
	[CHANGE_MOVE] = "Move",
	[CHANGE_INTEROP] = "Interop",
	[CHANGE_SET_POLICY] = "SetPolicy",
	[CHANGE_CLEAR_POLICY] = "ClearPolicy",
	[CHANGE_APPLY] = "Apply",
	[CHANGE_ADOPT] = "Adopt",
	[CHANGE_CONFIRM] = "Confirm",
	[CHANGE_REVERT] = "Revert",
	[CHANGE_RELINK] = "Relink",
	[CHANGE_NONE] = "a look",
};
static_assert(array_size(changes) == CHANGE_NONE + 1, "every kind of change has a name");

static const char *const others[] = {
	[TRANSACTION_GONE] = "letting go of the chain of",
	[TRANSACTION_LOST] = "letting go of the chain of",
	[TRANSACTION_FUSE] = "fusing the chain of",
	[TRANSACTION_LINK] = "building the chain of",
};

/* How errors call the object that came with the change; NULL: none did, or several. */
static const char *object_label(const struct change *change)
{
	return change->attach.source.label
		       ?: change->replace.source.label
		       ?: change->policy.source.label ?: change->relink.source.label;
}

static void write_change(FILE *text, const char *name, const struct change *change)
{
	const char *label = object_label(change);

	fputs(name, text);
	if (label)
		fprintf(text, " of '%s'", label);
	for (size_t i = 0; i < change->n_devices && i < DEVICES_MAX; i++)
		fprintf(text, "%s%s", i ? ", " : " on ", change->devices[i]);
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
		return change_describe(changes[transaction->change->kind], transaction->change);
	if (asprintf(&text, "%s %s", others[transaction->kind], transaction->ifname) < 0)
		return NULL;
	return text;
}
