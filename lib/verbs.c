// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The typed requests: each struct becomes the one that the table of its method describes. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/file.h"
#include "lib/call.h"
#include "lib/error.h"

#include <string.h>
#include <sys/mman.h>

/*
 * Copies a struct of the caller, which begins with its size and may be of another version of the library. What
 * it does not have is zero. NULL: everything is zero.
 */
static int take(const void *from, void *to, size_t size, const char *method, struct error *error)
{
	size_t given = from ? *(const size_t *)from : 0;
	const char *bytes = from;

	memset(to, 0, size);
	if (!from)
		return 0;
	if (given < sizeof(given))
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "%s: set the member size of the request", method);
	for (size_t i = size; i < given; i++)
		if (bytes[i])
			return error_set(error, ERROR_UNSUPPORTED, -E2BIG,
					 "%s: the request has a member that this libxdpd does not "
					 "know",
					 method);
	memcpy(to, from, given < size ? given : size);
	return 0;
}

#define TAKE(from, to, method, error) take(from, to, sizeof(*(to)), method, error)

/* These lists still belong to the caller, and are only read. */
static struct strings list(const char *const *items)
{
	struct strings list = { .items = (char **)items };

	while (items && items[list.n_items])
		list.n_items++;
	return list;
}

static struct descriptors descriptors(const int *fds, size_t n_fds)
{
	return (struct descriptors){ n_fds, n_fds ? (int *)fds : NULL };
}

static struct number number(struct xdpd_number number)
{
	return (struct number){ number.given, number.value };
}

static struct number seconds(unsigned int seconds)
{
	return (struct number){ seconds > 0, seconds };
}

/* The encoder refers to the names by number. */
static int check_choice(int value, int max, const char *what, struct error *error)
{
	if (value >= 0 && value <= max)
		return 0;
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL, "%d is not a %s", value, what);
}

/* A file with the texts, each ended by a NUL byte; -1 if there are none. */
static int pack(const char *const *signatures, int *ret, struct error *error)
{
	cleanup(closep) int fd = -1;
	int result = 0;

	if (!signatures)
		return 0;
	fd = memfd_create("signatures", MFD_CLOEXEC);
	if (fd < 0)
		result = -errno;
	for (size_t i = 0; result == 0 && signatures[i]; i++)
		result = file_write_all(fd, signatures[i], strlen(signatures[i]) + 1);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot pass the signatures on: %s",
				 errno_name(result));
	*ret = steal_fd(&fd);
	return 0;
}

static int finish(int result, enum method_id method, const void *internal,
		  struct xdpd_request **ret, struct xdpd_error *ret_error, struct error *error)
{
	if (result == 0)
		result = request_from_table(&methods[method], internal, method == METHOD_MONITOR,
					    ret, error);
	return result < 0 ? public_error_take(ret_error, error) : 0;
}

static struct component_request component(const struct xdpd_attach *attach)
{
	return (struct component_request){
		.program = (char *)attach->program,
		.name = (char *)attach->name,
		.owner = (char *)attach->owner,
		.priority = number(attach->priority),
		.proceed_on = number(attach->proceed_on),
		.allow_verdicts = number(attach->allow_verdicts),
		.set = list(attach->set),
		.share_maps = list(attach->share_maps),
		.devbound = attach->devbound,
		.on_failure = attach->on_failure,
		.map_owner = (char *)attach->map_owner,
		.map_mode = (char *)attach->map_mode,
	};
}

int xdpd_request_attach(const struct xdpd_attach *from, struct xdpd_request **ret,
			struct xdpd_error *ret_error)
{
	cleanup(error_done) struct error error = {};
	cleanup(closep) int signatures = -1;
	struct xdpd_attach attach;
	int result = TAKE(from, &attach, "Attach", &error)
			     ?: check_choice(attach.mode, XDPD_MODE_SKB, "mode", &error)
			     ?: check_choice(attach.interop, XDPD_INTEROP_LIBXDP, "interop", &error)
			     ?: check_choice(attach.on_failure, XDPD_ON_FAILURE_DROP, "on_failure",
					     &error)
			     ?: pack(attach.signatures, &signatures, &error);
	struct attach_request request = {
		.devices = list(attach.devices),
		.netns = (char *)attach.netns,
		.object = attach.object,
		.libraries = descriptors(attach.libraries, attach.n_libraries),
		.signatures = signatures,
		.component = component(&attach),
		.pins = descriptors(attach.pins, attach.n_pins),
		.before = (char *)attach.before,
		.after = (char *)attach.after,
		.slot = (char *)attach.slot,
		.mode = attach.mode,
		.match = (char *)attach.match,
		.interop = attach.interop,
		.while_connected = attach.while_connected,
		.expect_generation = number(attach.expect_generation),
		.confirm = seconds(attach.confirm),
	};

	return finish(result, METHOD_ATTACH, &request, ret, ret_error, &error);
}

int xdpd_request_detach(const struct xdpd_detach *from, struct xdpd_request **ret,
			struct xdpd_error *ret_error)
{
	cleanup(error_done) struct error error = {};
	struct xdpd_detach detach;
	int result = TAKE(from, &detach, "Detach", &error);
	const struct detach_request request = {
		.devices = list(detach.devices),
		.netns = (char *)detach.netns,
		.name = (char *)detach.name,
		.all = detach.all,
		.release = detach.release,
		.expect_generation = number(detach.expect_generation),
		.confirm = seconds(detach.confirm),
	};

	return finish(result, METHOD_DETACH, &request, ret, ret_error, &error);
}

int xdpd_request_replace(const struct xdpd_replace *from, struct xdpd_request **ret,
			 struct xdpd_error *ret_error)
{
	cleanup(error_done) struct error error = {};
	cleanup(closep) int signatures = -1;
	struct xdpd_replace replace;
	int result = TAKE(from, &replace, "Replace", &error)
			     ?: pack(replace.signatures, &signatures, &error);
	const struct replace_request request = {
		.devices = list(replace.devices),
		.netns = (char *)replace.netns,
		.name = (char *)replace.name,
		.object = replace.object,
		.libraries = descriptors(replace.libraries, replace.n_libraries),
		.signatures = signatures,
		.program = (char *)replace.program,
		.set = list(replace.set),
		.share_maps = list(replace.share_maps),
		.devbound = replace.devbound,
		.pins = descriptors(replace.pins, replace.n_pins),
		.fresh_maps = replace.fresh_maps,
		.allow_map_change = replace.allow_map_change,
		.expect_generation = number(replace.expect_generation),
		.confirm = seconds(replace.confirm),
	};

	return finish(result, METHOD_REPLACE, &request, ret, ret_error, &error);
}

int xdpd_request_set(const struct xdpd_set *from, struct xdpd_request **ret,
		     struct xdpd_error *ret_error)
{
	cleanup(error_done) struct error error = {};
	struct xdpd_set set;
	int result = TAKE(from, &set, "Move", &error);
	const struct move_request request = {
		.devices = list(set.devices),
		.netns = (char *)set.netns,
		.name = (char *)set.name,
		.priority = number(set.priority),
		.proceed_on = number(set.proceed_on),
		.allow_verdicts = number(set.allow_verdicts),
		.map_owner = (char *)set.map_owner,
		.map_mode = (char *)set.map_mode,
		.before = (char *)set.before,
		.after = (char *)set.after,
		.expect_generation = number(set.expect_generation),
		.confirm = seconds(set.confirm),
	};

	return finish(result, METHOD_MOVE, &request, ret, ret_error, &error);
}

static int suspend_or_resume(enum method_id method, const struct xdpd_suspend *from,
			     struct xdpd_request **ret, struct xdpd_error *ret_error)
{
	cleanup(error_done) struct error error = {};
	struct xdpd_suspend suspend;
	int result = TAKE(from, &suspend, methods[method].name, &error);
	const struct suspend_request request = {
		.devices = list(suspend.devices),
		.netns = (char *)suspend.netns,
		.expect_generation = number(suspend.expect_generation),
		.confirm = seconds(suspend.confirm),
	};

	return finish(result, method, &request, ret, ret_error, &error);
}

int xdpd_request_suspend(const struct xdpd_suspend *suspend, struct xdpd_request **ret,
			 struct xdpd_error *error)
{
	return suspend_or_resume(METHOD_SUSPEND, suspend, ret, error);
}

int xdpd_request_resume(const struct xdpd_suspend *suspend, struct xdpd_request **ret,
			struct xdpd_error *error)
{
	return suspend_or_resume(METHOD_RESUME, suspend, ret, error);
}

static int decide(enum method_id method, const struct xdpd_devices *from, struct xdpd_request **ret,
		  struct xdpd_error *ret_error)
{
	cleanup(error_done) struct error error = {};
	struct xdpd_devices devices;
	int result = TAKE(from, &devices, methods[method].name, &error);
	const struct decide_request request = { list(devices.devices), (char *)devices.netns };

	return finish(result, method, &request, ret, ret_error, &error);
}

int xdpd_request_confirm(const struct xdpd_devices *devices, struct xdpd_request **ret,
			 struct xdpd_error *error)
{
	return decide(METHOD_CONFIRM, devices, ret, error);
}

int xdpd_request_revert(const struct xdpd_devices *devices, struct xdpd_request **ret,
			struct xdpd_error *error)
{
	return decide(METHOD_REVERT, devices, ret, error);
}

int xdpd_request_status(const struct xdpd_devices *from, struct xdpd_request **ret,
			struct xdpd_error *ret_error)
{
	cleanup(error_done) struct error error = {};
	struct xdpd_devices devices;
	int result = TAKE(from, &devices, "Status", &error);
	const struct status_request request = { list(devices.devices), (char *)devices.netns };

	return finish(result, METHOD_STATUS, &request, ret, ret_error, &error);
}

int xdpd_listen(struct xdpd_connection *connection, const struct xdpd_monitor *from,
		xdpd_handler handler, void *userdata, struct xdpd_error *ret_error)
{
	cleanup(request_freep) struct xdpd_request *made = NULL;
	cleanup(error_done) struct error error = {};
	struct xdpd_monitor monitor;
	int result = TAKE(from, &monitor, "Monitor", &error);
	const struct monitor_request request = { list(monitor.devices), (char *)monitor.netns,
						 list(monitor.kinds) };

	result = finish(result, METHOD_MONITOR, &request, &made, ret_error, &error);
	if (result == 0)
		result = connection_add(connection, made, XDPD_FOREVER, handler, userdata,
					ret_error);
	return result;
}

/* The same request, called at once. */
#define CALL(verb, type)                                                                   \
	int xdpd_##verb(struct xdpd_connection *connection, const struct type *from,       \
			struct xdpd_reply **ret, struct xdpd_error *error)                 \
	{                                                                                  \
		cleanup(request_freep) struct xdpd_request *request = NULL;                \
		int result = xdpd_request_##verb(from, &request, error);                   \
                                                                                           \
		return result ?: xdpd_call(connection, request, XDPD_FOREVER, ret, error); \
	}

CALL(attach, xdpd_attach)
CALL(detach, xdpd_detach)
CALL(replace, xdpd_replace)
CALL(set, xdpd_set)
CALL(suspend, xdpd_suspend)
CALL(resume, xdpd_suspend)
CALL(confirm, xdpd_devices)
CALL(revert, xdpd_devices)
CALL(status, xdpd_devices)
