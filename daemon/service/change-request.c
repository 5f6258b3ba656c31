// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/change-request.h"

#include "base/cleanup.h"
#include "daemon/chain/owner.h"
#include "daemon/receiver/received.h"
#include "daemon/service/client-netns.h"
#include "daemon/service/encode-change.h"
#include "daemon/service/in-flight.h"
#include "daemon/service/owner-rights.h"
#include "daemon/service/request-signatures.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int change_request_new(enum change_number kind, const struct strings *devices, const char *netns,
		       const struct number *expect_generation, const struct number *confirm,
		       struct change **ret, struct error *error)
{
	cleanup(change_drop) struct change *change = NULL;
	int result = change_new(&change_kinds[kind], &change, error);

	if (result == 0)
		result = netns_path(netns, &change->netns, error);
	for (size_t i = 0; result == 0 && i < devices->n_items; i++)
		result = change_add_device(change, devices->items[i], change->netns, error);
	if (result < 0)
		return result;
	change->has_expect_generation = expect_generation->given;
	change->expect_generation = expect_generation->value;
	change->confirm = confirm->value;
	*ret = steal(change);
	return 0;
}

static_assert(RECEIVED_SIZE_MAX == OBJECT_SIZE_MAX, "what is received is read whole");

int source_read(struct change *change, struct program_source *source, int object,
		const struct descriptors *libraries, int signatures, char **program,
		struct error *error)
{
	cleanup(request_signatures_done) struct request_signatures next = {};
	int result = received_read(object, &source->label, &source->object, error)
			     ?: request_signatures_read(signatures, &next, error)
			     ?: request_signatures_take(&next, &source->signature, error);

	source->program = steal(*program);
	change->object_label = source->label ? strdup(source->label) : NULL;
	change->objects_size += source->object.size + source->signature.size;
	source->libraries = calloc(libraries->n_items + 1, sizeof(*source->libraries));
	if (!source->libraries)
		return error_memory(error);
	for (size_t i = 0; result == 0 && i < libraries->n_items; i++) {
		struct object *library = &source->libraries[i];

		source->n_libraries = i + 1;
		result = received_read(libraries->items[i], &library->label, &library->blob, error)
				 ?: request_signatures_take(&next, &library->signature, error);
		change->objects_size += library->blob.size + library->signature.size;
	}
	return result ?: request_signatures_end(&next, error);
}

void source_take_options(struct program_source *source, struct strings *values,
			 struct strings *shares, struct descriptors *pins)
{
	source->values = *values;
	source->shares = *shares;
	source->n_pins = pins->n_items;
	source->pins = pins->items;
	*values = *shares = (struct strings){};
	*pins = (struct descriptors){};
}

void settings_take(const struct number *priority, const struct number *proceed,
		   const struct number *allowed, struct component_options *ret)
{
	verdict_set always = VERDICT_BIT(VERDICT_ABORTED);

	ret->has_priority = priority->given;
	ret->settings.priority = priority->value;
	ret->has_proceed = proceed->given;
	ret->settings.proceed = proceed->value;
	ret->has_forbidden = allowed->given;
	ret->settings.forbidden = allowed->given ? VERDICTS_ALL & ~always & ~allowed->value : 0;
}

int options_take(struct component_request *request, struct component_options *ret,
		 struct error *error)
{
	ret->name = steal(request->name);
	ret->owner = steal(request->owner);
	settings_take(&request->priority, &request->proceed_on, &request->allow_verdicts, ret);
	ret->has_on_failure = request->on_failure;
	if (request->on_failure) /* the interface's names are in the order of the enum, from 1 */
		ret->settings.on_failure = request->on_failure - 1;
	return owner_check(ret->owner, error)
		       ?: map_permissions_read(request->map_owner, request->map_mode,
					       &ret->map_permissions, error);
}

int change_submit(struct peer *peer, struct change *change, struct error *error)
{
	if (change->n_devices > 0)
		return change_submit_any(peer, change, error);
	change_drop(&change);
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "devices: name at least one device");
}

int change_submit_any(struct peer *peer, struct change *change, struct error *error)
{
	static const struct in_flight_type type = { change_result_encode, peer_confirm, true };
	struct in_flight *in_flight;
	int result = owner_rights_limit(peer, change, error)
			     ?: in_flight_begin(peer, &type, change->objects_size, &in_flight,
						error);

	if (result < 0) {
		change_drop(&change);
		return result;
	}
	in_flight_describe(in_flight, change);
	result = control_submit(peer_context(peer)->control, change, in_flight_done, in_flight,
				error);
	return in_flight_end(peer, in_flight, result);
}
