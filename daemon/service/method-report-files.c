// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/dispatch.h"
#include "daemon/service/refused-files.h"

int method_report_files(struct peer *peer, void *userdata, struct error *error)
{
	struct report_files_request *request = userdata;
	int result = refused_files_report(peer_context(peer)->refused_files, request->directory,
					  &request->refused, error);

	if (result == 0)
		peer_reply(peer, json_object());
	return result;
}
