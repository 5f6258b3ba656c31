// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/service/dispatch.h"
#include "daemon/service/owner-rights.h"
#include "daemon/state/object-store.h"

#include <string.h>

/* NULL: there is no signature, or a damaged file has one that is not text. */
static json_t *encode_signature(const struct blob *signature)
{
	return signature->size ? json_stringn(signature->bytes, signature->size) : NULL;
}

int method_object(struct peer *peer, void *userdata, struct error *error)
{
	const struct object_request *request = userdata;
	const struct control *control = peer_context(peer)->control;
	const size_t prefix = strlen(OBJECT_SHA256);
	const char *label = NULL;
	cleanup(blob_done) struct blob signature = {};
	int fd = -1, result;

	if (!strncmp(request->object, OBJECT_SHA256, prefix) && request->object[prefix])
		label = registry_find_label(control_registry(control), request->object + prefix);
	if (!label || !owner_rights_cover_object(peer, request->object + prefix))
		return error_set(error, ERROR_BAD_OBJECT, -ENOENT,
				 "no component uses an object '%.80s'", request->object);
	result = object_store_open_object(control_store(control), request->object + prefix, &fd,
					  error);
	if (result < 0)
		return result;
	object_store_get_signature(control_store(control), request->object + prefix, &signature);
	peer_reply_with(peer,
			json_pack("{s:i, s:o, s:o*}", "object", 0, "label", text_encode(label),
				  "signature", encode_signature(&signature)),
			fd);
	return result;
}
