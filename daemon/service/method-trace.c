#include "daemon/service/dispatch.h"
#include "daemon/service/varlink-service.h"

#include <errno.h>

int method_trace(struct peer *peer, void *userdata, struct error *error)
{
	(void)userdata;
	if (!peer_wants_more(peer)) {
		peer_fail_named(peer, VARLINK_SERVICE ".ExpectedMore", json_object());
		return 0;
	}
	return error_set(error, ERROR_UNSUPPORTED, -EOPNOTSUPP,
			 "this xdpd cannot trace packets yet");
}
