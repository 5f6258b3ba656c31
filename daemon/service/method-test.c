#include "base/cleanup.h"
#include "daemon/receiver/received.h"
#include "daemon/service/apply-request.h"
#include "daemon/service/change-request.h"

#include <assert.h>

static_assert(PACKETS_SIZE_MAX <= RECEIVED_SIZE_MAX, "what is received is read whole");
static_assert(PACKET_HEAD == PACKETS_HEAD_SIZE, "the interface says what control reads");

static int check(const struct test_request *request, struct error *error)
{
	bool has_chains = request->planned.devices.n_items > 0;

	if (has_chains && (request->devices.n_items || request->netns))
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "Test: give either devices or chains, not both");
	if (request->diff && !has_chains)
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

static int take(struct test_request *request, uint64_t objects_max, struct change *change,
		struct error *error)
{
	struct test_options *test = &change->test;
	int result = take_packets(request->packets, &test->packets, error);

	test->planned = request->planned.devices.n_items > 0;
	test->present = !test->planned || request->diff;
	return result == 0 && test->planned
		       ? apply_request_take(&request->planned, objects_max, &change->apply, error)
		       : result;
}

int method_test(struct peer *peer, void *userdata, struct error *error)
{
	const struct settings *settings = peer_context(peer)->settings;
	struct test_request *request = userdata;
	cleanup(change_drop) struct change *change = NULL;
	const struct number none = {};
	struct strings planned = {};
	int result = check(request, error)
			     ?: apply_request_list_devices(&request->planned, &planned, error);

	if (result == 0)
		result = change_new(CHANGE_TEST, planned.n_items ? &planned : &request->devices,
				    request->netns, &none, &none, &change, error);
	free(planned.items);
	if (result == 0)
		result = take(request, settings->max_object_buffer, change, error);
	return result < 0 ? result : change_submit(peer, steal(change), error);
}
