#include "daemon/control/transaction/change.h"

#include "base/cleanup.h"

void source_done(struct program_source *source)
{
	blob_done(&source->object);
	free(source->label);
	free(source->program);
	strings_done(&source->values);
	for (size_t i = 0; i < source->n_libraries; i++)
		object_done(&source->libraries[i]);
	free(source->libraries);
	strings_done(&source->shares);
	while (source->n_pins > 0)
		closep(&source->pins[--source->n_pins]);
	free(source->pins);
}

static void apply_component_done(struct apply_component *component)
{
	free(component->libraries);
	free(component->program);
	free(component->slot);
	strings_done(&component->values);
	strings_done(&component->shares);
	free(component->options.name);
	map_permissions_done(&component->options.map_permissions);
}

static void apply_device_done(struct apply_device *device)
{
	for (size_t i = 0; i < device->n_components; i++)
		apply_component_done(&device->components[i]);
	free(device->components);
	if (device->policy)
		apply_component_done(device->policy);
	free(device->policy);
	free(device->netns);
	free(device->match);
}

static void apply_done(struct apply_options *apply, size_t n_devices)
{
	for (size_t i = 0; apply->devices && i < n_devices; i++)
		apply_device_done(&apply->devices[i]);
	free(apply->devices);
	for (size_t i = 0; i < apply->n_objects; i++)
		object_done(&apply->objects[i]);
	free(apply->objects);
	for (size_t i = 0; i < apply->n_pins; i++)
		closep(&apply->pins[i]);
	free(apply->pins);
}

struct change_device change_device(const struct change *change, size_t number)
{
	const struct apply_device *device = change->apply.devices ? &change->apply.devices[number]
								  : NULL;

	return (struct change_device){
		.ifname = change->devices[number],
		.netns = device ? device->netns : change->netns,
	};
}

bool change_is_dry_run(const struct change *change)
{
	return change->kind == CHANGE_NONE ||
	       (change->kind == CHANGE_APPLY && change->apply.dry_run);
}

static size_t source_size(const struct program_source *source)
{
	size_t size = source->object.size;

	for (size_t i = 0; i < source->n_libraries; i++)
		size += source->libraries[i].blob.size;
	return size;
}

size_t change_objects_size(const struct change *change)
{
	size_t size = source_size(&change->attach.source) + source_size(&change->replace.source) +
		      source_size(&change->policy.source) + source_size(&change->relink.source);

	for (size_t i = 0; i < change->apply.n_objects; i++)
		size += change->apply.objects[i].blob.size;
	return size;
}

void change_drop(struct change **p)
{
	struct change *change = steal(*p);

	if (!change)
		return;
	apply_done(&change->apply, change->n_devices);
	for (size_t i = 0; i < change->n_devices; i++)
		free(change->devices[i]);
	free(change->devices);
	free(change->netns);
	source_done(&change->attach.source);
	free(change->attach.component.name);
	map_permissions_done(&change->attach.component.map_permissions);
	free(change->attach.before);
	free(change->attach.after);
	free(change->attach.slot);
	free(change->attach.match);
	free(change->detach.name);
	source_done(&change->replace.source);
	free(change->replace.name);
	free(change->move.name);
	map_permissions_done(&change->move.map_permissions);
	free(change->move.before);
	free(change->move.after);
	source_done(&change->policy.source);
	free(change->relink.library);
	source_done(&change->relink.source);
	free(change);
}

void device_result_done(struct device_result *result)
{
	free(result->ifname);
	free(result->name);
	free(result->note);
}

void change_result_done(struct change_result *result)
{
	for (size_t i = 0; i < result->n_devices; i++)
		device_result_done(&result->devices[i]);
	free(result->devices);
	for (size_t i = 0; i < result->n_plans; i++)
		plan_done(&result->plans[i]);
	free(result->plans);
	*result = (struct change_result){};
}
