// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "daemon/control/test/test.h"
#include "daemon/receiver/received.h"
#include "daemon/service/apply-request.h"
#include "daemon/service/change-request.h"
#include "daemon/service/encode-test.h"
#include "daemon/service/in-flight.h"

#include <assert.h>

static_assert(PACKETS_SIZE_MAX <= RECEIVED_SIZE_MAX, "what is received is read whole");
static_assert(PACKET_HEAD == PACKETS_HEAD_SIZE, "the interface says what control reads");

static bool has_chains(const struct test_request *request)
{
	return request->planned.devices.n_items > 0;
}

static int check(const struct test_request *request, struct error *error)
{
	if (has_chains(request) && (request->devices.n_items || request->netns))
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "Test: give either devices or chains, not both");
	if (request->diff && !has_chains(request))
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "diff: needs chains to compare with");
	return 0;
}

static int take_packets(int fd, struct packets *ret, struct error *error)
{
	cleanup(blob_done) struct blob blob = {};
	cleanup(freep) char *label = NULL;
	int result = received_read(fd, &label, &blob, error);

	return result < 0 ? result : packets_parse(&blob, PACKETS_MAX, ret, error);
}

/* A change of the devices; with chains in the request, one that would apply these. */
static int new_change(const struct peer *peer, struct test_request *request, struct change **ret,
		      struct error *error)
{
	uint64_t objects_max = peer_context(peer)->settings->max_object_buffer;
	const struct number none = {};
	struct strings planned = {};
	int result = apply_request_list_devices(&request->planned, &planned, error);

	if (result == 0 && has_chains(request))
		result = change_request_new(CHANGE_APPLY, &planned, request->netns, &none, &none,
					    ret, error)
				 ?: apply_request_take(&request->planned, objects_max, *ret, error);
	else if (result == 0)
		result = change_request_new(CHANGE_NONE, &request->devices, request->netns, &none,
					    &none, ret, error);
	free(planned.items);
	if (result < 0)
		return result;
	(*ret)->dry_run = true;
	return (*ret)->n_devices ? 0
				 : error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
					     "devices: name at least one device");
}

static int submit(struct peer *peer, struct change *taken, struct test_options *options,
		  struct error *error)
{
	static const struct in_flight_type type = { packet_tests_encode, peer_reply, false };
	cleanup(change_drop) struct change *change = taken;
	size_t size = change->objects_size + options->packets.blob.size;
	struct in_flight *in_flight;
	int result = in_flight_begin(peer, &type, size, &in_flight, error);

	if (result < 0)
		return result;
	result = control_test(peer_context(peer)->control, steal(change), options, in_flight_done,
			      in_flight, error);
	return in_flight_end(peer, in_flight, result);
}

int method_test(struct peer *peer, void *userdata, struct error *error)
{
	struct test_request *request = userdata;
	cleanup(change_drop) struct change *change = NULL;
	struct test_options options = { .planned = has_chains(request) };
	int result = check(request, error)
			     ?: take_packets(request->packets, &options.packets, error);

	options.present = !options.planned || request->diff;
	if (result == 0)
		result = new_change(peer, request, &change, error);
	if (result == 0)
		result = submit(peer, steal(change), &options, error);
	packets_done(&options.packets);
	return result;
}
