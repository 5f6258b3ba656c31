#define _GNU_SOURCE
#include "base/cleanup.h"
#include "daemon/service/changes.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* How errors call the object: the name its client opened it by, or a plain word. */
static char *object_label(int fd)
{
	char path[PATH_MAX], link[64];
	const char *name;
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length <= 0 || path[0] != '/')
		return strdup("the object");
	path[length] = '\0';
	name = basename(path);
	return strdup(*name ? name : path);
}

int method_attach(struct peer *peer, void *userdata, struct error *error)
{
	struct attach_request *request = userdata;
	cleanup(change_drop) struct change *change = NULL;
	struct attach_options *options;
	int result;

	if (request->before && request->after)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "Attach: one of before and after, not both");
	change = change_new(CHANGE_ATTACH, &request->devices, &request->expect_generation);
	if (!change)
		return error_memory(error);
	options = &change->attach;
	options->label = object_label(request->object);
	if (!options->label)
		return error_memory(error);
	result = blob_read(request->object, options->label, OBJECT_SIZE_MAX, &options->object,
			   error);
	if (result < 0)
		return result;
	options->program = steal(request->program);
	options->name = steal(request->name);
	options->before = steal(request->before);
	options->after = steal(request->after);
	options->has_priority = request->priority.given;
	options->priority = request->priority.value;
	options->has_proceed = request->proceed_on.given;
	options->proceed = request->proceed_on.value;
	options->mode = request->mode; /* the interface's names are in the order of enum mode */
	return change_submit(peer, steal(change), error);
}
