#include "base/cleanup.h"
#include "daemon/service/call.h"
#include "daemon/service/changes.h"
#include "daemon/service/pending.h"

int method_verify(struct peer *peer, void *userdata, struct error *error)
{
	const struct verify_request *request = userdata;
	const struct strings none = {};
	const struct number any = {};
	struct change *change = NULL;
	int result;

	result = request->repair ? call_check_right(peer, RIGHT_CHANGE, error) : 0;
	if (result < 0)
		return result;
	result = change_new(CHANGE_VERIFY, &none, NULL, &any, &any, &change, error);
	if (result < 0)
		return result;
	change->verify.repair = request->repair;
	return pending_submit(peer, change, error);
}
