#include "daemon/service/changes.h"

#include "base/cleanup.h"

#include <string.h>

/* A name that was asked for twice is asked for once. */
static bool is_double(const struct change *change, const char *name)
{
	for (size_t i = 0; i < change->n_devices; i++)
		if (!strcmp(change->devices[i], name))
			return true;
	return false;
}

struct change *change_new(enum change_kind kind, const struct strings *devices,
			  const struct number *expect_generation)
{
	struct change *change = calloc(1, sizeof(*change));

	if (change)
		change->devices = calloc(devices->n_items + 1, sizeof(*change->devices));
	if (!change || !change->devices) {
		change_drop(&change);
		return NULL;
	}
	change->kind = kind;
	change->has_expect_generation = expect_generation->given;
	change->expect_generation = expect_generation->value;
	for (size_t i = 0; i < devices->n_items; i++) {
		if (is_double(change, devices->items[i]))
			continue;
		change->devices[change->n_devices] = strdup(devices->items[i]);
		if (!change->devices[change->n_devices]) {
			change_drop(&change);
			return NULL;
		}
		change->n_devices++;
	}
	return change;
}

static json_t *encode_result(const struct device_result *result)
{
	json_t *object = json_pack("{s:s, s:I, s:s*, s:I, s:s*}", "ifname", result->ifname,
				   "ifindex", (json_int_t)result->ifindex, "name", result->name,
				   "generation", (json_int_t)result->generation, "note",
				   result->note);

	if (object && result->mode != MODE_UNSET)
		json_object_set_new(object, "mode", json_string(mode_name(result->mode)));
	return object;
}

static void answer(void *userdata, const struct change_result *result, const struct error *error)
{
	json_t *results;

	if (error) {
		peer_fail(userdata, error);
		return;
	}
	results = json_array();
	for (size_t i = 0; i < result->n_devices; i++)
		json_array_append_new(results, encode_result(&result->devices[i]));
	peer_reply(userdata, results ? json_pack("{s:o}", "results", results) : NULL);
}

int change_submit(struct peer *peer, struct change *change, struct error *error)
{
	struct control *control = service_control(peer_service(peer));

	if (change->n_devices == 0) {
		change_drop(&change);
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "devices: no device is named");
	}
	return control_submit(control, change, answer, peer, error);
}
