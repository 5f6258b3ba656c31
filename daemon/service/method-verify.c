#include "base/cleanup.h"
#include "daemon/service/change-request.h"
#include "daemon/service/dispatch.h"
#include "daemon/service/in-flight.h"

int method_verify(struct peer *peer, void *userdata, struct error *error)
{
	const struct verify_request *request = userdata;
	const struct strings none = {};
	const struct number any = {};
	struct change *change = NULL;
	int result;

	result = request->repair ? dispatch_check_right(peer, RIGHT_CHANGE, error) : 0;
	if (result < 0)
		return result;
	result = change_new(CHANGE_VERIFY, &none, NULL, &any, &any, &change, error);
	if (result < 0)
		return result;
	change->verify.repair = request->repair;
	return in_flight_submit(peer, change, error);
}
