// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/apply-request.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/chain/owner.h"
#include "daemon/control/edit/apply-options.h"
#include "daemon/control/edit/interop.h"
#include "daemon/receiver/received.h"
#include "daemon/service/change-request.h"
#include "daemon/service/client-netns.h"
#include "daemon/service/request-signatures.h"
#include "daemon/state/setting-owners.h"

#include <string.h>

/* Takes at most as many bytes as all changes together may keep. */
static int take_objects(const struct apply_request *request, uint64_t limit,
			struct apply_options *ret, struct error *error)
{
	cleanup(request_signatures_done) struct request_signatures signatures = {};
	uint64_t size = 0;
	int result = request_signatures_read(request->signatures, &signatures, error);

	ret->objects = calloc(request->objects.n_items + 1, sizeof(*ret->objects));
	if (!ret->objects)
		return error_memory(error);
	for (size_t i = 0; result == 0 && i < request->objects.n_items; i++) {
		struct object *object = &ret->objects[i];

		ret->n_objects = i + 1;
		result = received_read(request->objects.items[i], &object->label, &object->blob,
				       error)
				 ?: request_signatures_take(&signatures, &object->signature, error);
		size += object->blob.size;
		if (result == 0 && size > limit)
			return error_set(error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
					 "the objects of this request exceed the limit for all "
					 "changes together (max-object-buffer)");
	}
	return result ?: request_signatures_end(&signatures, error);
}

static int take_digest(const char *field, const char *object, char ret[static SHA256_TEXT_SIZE],
		       struct error *error)
{
	const size_t prefix = strlen(OBJECT_SHA256);
	const char *digits = object + prefix;

	if (strncmp(object, OBJECT_SHA256, prefix) != 0 || strlen(digits) != SHA256_TEXT_SIZE - 1 ||
	    strspn(digits, "0123456789abcdef") != SHA256_TEXT_SIZE - 1)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "%s: invalid digest '%.80s'; use " OBJECT_SHA256
				 "HEX with 64 lower-case digits",
				 field, object);
	strcpy(ret, digits);
	return 0;
}

/* A policy decides order and verdicts itself. */
static int check_slot(const struct chain_component *component, struct error *error)
{
	const struct component_request *request = &component->component;

	if (!component->slot || (!request->priority.given && !request->proceed_on.given &&
				 !request->allow_verdicts.given && !request->on_failure))
		return 0;
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "slot: cannot be combined with priority, proceed_on, allow_verdicts or "
			 "on_failure; the policy decides these");
}

/* A chain file may name the file of the signature. */
static int check_signature(const struct chain_component *component, struct error *error)
{
	if (!component->signature)
		return 0;
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "signature: only a chain file names signatures; a request sends them as "
			 "signatures");
}

static size_t count_pins(const struct strings *shares)
{
	size_t count = 0;

	for (size_t i = 0; i < shares->n_items; i++)
		count += strstr(shares->items[i], "=pin:/") != NULL;
	return count;
}

/*
 * The next descriptors are those of its maps from pins. If there are too few, the map is refused later.
 */
static void take_maps(struct component_request *component, struct apply_component *ret,
		      const struct apply_options *options, size_t *n_pins)
{
	size_t wanted = count_pins(&component->share_maps), left = options->n_pins - *n_pins;

	ret->shares = component->share_maps;
	component->share_maps = (struct strings){};
	ret->n_pins = wanted < left ? wanted : left;
	ret->pins = options->pins ? options->pins + *n_pins : NULL;
	*n_pins += ret->n_pins;
}

/* In the name of an owner, a component is the owner's. */
static int take_owner(const char *owner, struct component_options *options, struct error *error)
{
	if (!owner || same_owner(options->owner, owner))
		return 0;
	if (options->owner)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "owner: the component belongs to owner '%s', so owner '%s' cannot "
				 "apply it",
				 options->owner, owner);
	options->owner = strdup(owner);
	return options->owner ? 0 : error_memory(error);
}

static int take_component(struct chain_component *component, const char *owner,
			  struct apply_component *ret, struct error *error)
{
	const struct strings *libraries = &component->libraries;
	int result = check_slot(component, error) ?: check_signature(component, error);

	ret->program = steal(component->component.program);
	ret->slot = steal(component->slot);
	ret->devbound = component->component.devbound;
	ret->may_park = component->parked;
	ret->values = component->component.set;
	component->component.set = (struct strings){};
	if (result == 0)
		result = options_take(&component->component, &ret->options, error)
				 ?: take_owner(owner, &ret->options, error);
	ret->libraries = calloc(libraries->n_items + 1, sizeof(*ret->libraries));
	if (!ret->libraries)
		return error_memory(error);
	if (result == 0 && component->object)
		result = take_digest("object", component->object, ret->sha256, error);
	for (size_t i = 0; result == 0 && i < libraries->n_items; i++)
		result = take_digest("libraries", libraries->items[i],
				     ret->libraries[ret->n_libraries++], error);
	return result;
}

static int take_policy(struct chain_component *policy, struct apply_component **ret,
		       struct error *error)
{
	int result;

	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return error_memory(error);
	result = take_component(policy, NULL, *ret, error);
	if (result < 0)
		error_prefix(error, "policy: ");
	return result;
}

static int take_device(struct chain_device *device, const struct apply_options *options,
		       size_t *n_pins, struct apply_device *ret, struct error *error)
{
	struct chain_component *components = device->components.items;
	int result = 0;

	ret->config.mode =
		device->mode; /* the interface's names are in the order of enum xdp_mode */
	ret->config.match = steal(device->match);
	ret->interop = device->interop; /* and these of enum interop */
	ret->config.owners = device->setting_owners;
	device->setting_owners = (struct strings){};
	result = setting_owners_check(&ret->config.owners, options->owner, error);
	if (result < 0)
		error_prefix(error, "setting_owners: ");
	ret->components = calloc(device->components.n_items + 1, sizeof(*ret->components));
	if (!ret->components)
		return error_memory(error);
	if (result == 0 && device->policy)
		result = take_policy(device->policy, &ret->policy, error);
	for (size_t i = 0; result == 0 && i < device->components.n_items; i++) {
		ret->n_components = i + 1;
		take_maps(&components[i].component, &ret->components[i], options, n_pins);
		result = take_component(&components[i], options->owner, &ret->components[i], error);
		if (result < 0)
			error_prefix(error, "components[%zu]: ", i);
	}
	return result;
}

static int take_devices(struct apply_request *request, struct change *change, struct error *error)
{
	struct apply_options *ret = change->options;
	struct chain_device *devices = request->devices.items;
	size_t n_pins = 0;
	int result = 0;

	ret->n_pins = request->pins.n_items;
	ret->pins = request->pins.items;
	request->pins = (struct descriptors){};
	ret->devices = calloc(request->devices.n_items + 1, sizeof(*ret->devices));
	if (!ret->devices)
		return error_memory(error);
	for (size_t i = 0; result == 0 && i < request->devices.n_items; i++) {
		ret->n_devices = i + 1;
		result = netns_path(devices[i].netns, &change->devices[i].netns, error)
				 ?: take_device(&devices[i], ret, &n_pins, &ret->devices[i], error);
		if (result < 0)
			error_prefix(error, "devices[%zu].", i);
	}
	if (result == 0 && n_pins < ret->n_pins)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "pins: %zu were passed, but the components share %zu pinned maps",
				 ret->n_pins, n_pins);
	return result;
}

int apply_request_list_devices(const struct apply_request *request, struct strings *ret,
			       struct error *error)
{
	const struct chain_device *devices = request->devices.items;

	ret->items = calloc(request->devices.n_items + 1, sizeof(*ret->items));
	if (!ret->items)
		return error_memory(error);
	for (size_t i = 0; i < request->devices.n_items; i++)
		ret->items[ret->n_items++] = devices[i].name;
	return 0;
}

int apply_request_take(struct apply_request *request, uint64_t objects_max, struct change *change,
		       struct error *error)
{
	struct apply_options *options = change->options;
	int result = take_objects(request, objects_max, options, error);

	for (size_t i = 0; i < options->n_objects; i++)
		change->objects_size += options->objects[i].blob.size +
					options->objects[i].signature.size;
	options->owner = steal(request->owner);
	if (result == 0)
		result = owner_check(options->owner, error) ?: take_devices(request, change, error);
	options->allow_map_change = request->allow_map_change;
	change->dry_run = request->dry_run;
	return result;
}

json_t *shares_encode(const struct map_shares *shares)
{
	cleanup(strings_done) struct strings texts = {};

	return map_shares_format(shares, &texts) < 0 ? NULL : strings_encode(&texts);
}
