#include "base/cleanup.h"
#include "daemon/kernel/device.h"
#include "daemon/service/call.h"

static json_t *encode_counters(const struct tally *tally)
{
	json_t *terminate = json_object();

	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		json_object_set_new(terminate, verdict_name(verdict),
				    json_integer(tally->terminate[verdict]));
	return json_pack("{s:I, s:I, s:o}", "run", (json_int_t)tally->run, "proceed",
			 (json_int_t)tally->proceed, "terminate", terminate);
}

static json_t *encode_maps(const struct component *component)
{
	json_t *list = json_array();

	for (size_t i = 0; i < component->n_maps; i++)
		json_array_append_new(list, json_pack("{s:s, s:I}", "name", component->maps[i].name,
						      "id", (json_int_t)component->maps[i].id));
	return list;
}

/* NULL if it is. */
static const char *why_not_inlined(const struct device *device, const struct joint *joint)
{
	if (joint->join != JOIN_EXTENSION)
		return joint->why;
	if (device->unsettled)
		return device->unsettled;
	return device->settle_at ? "the chain was changed lately" : "the linker is freplace";
}

static json_t *encode_component(const struct device *device, size_t slot, const struct tally *tally)
{
	const struct entry *entry = &device->chain.entries[slot];
	const struct component *component = entry->component;
	const struct joint *joint = &device->live->joints[slot];

	return json_pack("{s:s, s:i, s:o, s:I, s:s, s:I, s:s, s:s*, s:I, s:s+, s:o, s:o}", "name",
			 entry->name, "priority", entry->priority, "proceed_on",
			 verdicts_encode(entry->proceed), "prog_id", (json_int_t)component->id,
			 "prog_name", component->program_name, "slot", (json_int_t)slot, "join",
			 join_name(joint->join), "why", why_not_inlined(device, joint), "verified",
			 (json_int_t)component->work.processed, "object",
			 "sha256:", component->sha256, "maps", encode_maps(component), "counters",
			 encode_counters(tally));
}

static int encode_device(const struct device *device, json_t **ret, struct error *error)
{
	const struct attachment *attachment = device->attachment;
	cleanup(freep) struct tally *tallies = NULL;
	json_t *components;
	int result;

	result = device_tallies(device, &tallies, error);
	if (result < 0)
		return result;
	components = json_array();
	for (size_t i = 0; i < device->chain.n_entries; i++)
		json_array_append_new(components, encode_component(device, i, &tallies[i]));
	*ret = json_pack("{s:o, s:I, s:s, s:s, s:I, s:s*, s:{s:I, s:I, s:I}, s:o}", "ifname",
			 text_encode(device->ifname), "ifindex", (json_int_t)device->ifindex,
			 "mode", mode_name(attachment->mode), "linker", device->live->made_by->name,
			 "generation", (json_int_t)device->live->number, "note",
			 attachment->fell_back ? ATTACHMENT_FELL_BACK : NULL, "rootlet", "prog_id",
			 (json_int_t)device->live->rootlet->id, "link_id",
			 (json_int_t)attachment->id, "verified",
			 (json_int_t)device->live->rootlet->verified, "components", components);
	return *ret ? 0 : error_memory(error);
}

static int append_device(json_t *devices, const struct device *device, struct error *error)
{
	json_t *encoded;
	int result = encode_device(device, &encoded, error);

	if (result == 0 && json_array_append_new(devices, encoded) < 0)
		return error_memory(error);
	return result;
}

static int append_named(json_t *devices, const char *ifname, const struct registry *registry,
			struct error *error)
{
	const struct device *device;
	unsigned int ifindex;
	int result;

	result = device_find(ifname, &ifindex, error);
	if (result < 0)
		return result;
	device = registry_find(registry, ifindex);
	return device ? append_device(devices, device, error) : 0;
}

int method_status(struct peer *peer, void *userdata, struct error *error)
{
	const struct status_request *request = userdata;
	struct control *control = service_control(peer_service(peer));
	const struct registry *registry = control_registry(control);
	cleanup(json_decrefp) json_t *devices = json_array();
	int result = 0;

	for (size_t i = 0; result == 0 && i < request->devices.n_items; i++)
		result = append_named(devices, request->devices.items[i], registry, error);
	for (size_t i = 0; result == 0 && !request->devices.items && i < registry->n_devices; i++)
		result = append_device(devices, registry->devices[i], error);
	if (result == 0)
		peer_reply(peer, json_pack("{s:O}", "devices", devices));
	return result;
}
