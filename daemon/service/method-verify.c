// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/control/recovery/verify.h"
#include "daemon/service/dispatch.h"
#include "daemon/service/in-flight.h"

static json_t *encode_finding(const struct finding *finding)
{
	return json_pack("{s:o*, s:o*, s:o, s:b}", "ifname",
			 finding->ifname ? text_encode(finding->ifname) : NULL, "netns",
			 finding->netns ? text_encode(finding->netns) : NULL, "difference",
			 text_encode(finding->sentence), "mended", finding->repaired);
}

static json_t *encode_findings(const void *result)
{
	const struct findings *findings = result;
	json_t *list = json_array();

	for (size_t i = 0; i < findings->n_items; i++)
		json_array_append_new(list, encode_finding(&findings->items[i]));
	return list ? json_pack("{s:o}", "findings", list) : NULL;
}

int method_verify(struct peer *peer, void *userdata, struct error *error)
{
	static const struct in_flight_type type = { encode_findings, peer_confirm, false };
	const struct verify_request *request = userdata;
	const struct credentials *client = peer_credentials(peer);
	const struct job_turn turn = { !client->may[RIGHT_CHANGE], client->uid };
	struct in_flight *in_flight;
	int result = request->repair ? dispatch_check_right(peer, RIGHT_CHANGE, error) : 0;

	if (result == 0)
		result = in_flight_begin(peer, &type, 0, &in_flight, error);
	if (result < 0)
		return result;
	result = control_verify(peer_context(peer)->control, request->repair, turn, in_flight_done,
				in_flight, error);
	return in_flight_end(peer, in_flight, result);
}
