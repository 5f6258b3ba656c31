// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/apply-options.h"

#include "base/cleanup.h"

static void apply_component_done(struct apply_component *component)
{
	free(component->libraries);
	free(component->program);
	free(component->slot);
	strings_done(&component->values);
	strings_done(&component->shares);
	component_options_done(&component->options);
}

static void apply_device_done(struct apply_device *device)
{
	for (size_t i = 0; i < device->n_components; i++)
		apply_component_done(&device->components[i]);
	free(device->components);
	if (device->policy)
		apply_component_done(device->policy);
	free(device->policy);
	device_config_done(&device->config);
}

void apply_options_done(void *userdata)
{
	struct apply_options *apply = userdata;

	for (size_t i = 0; i < apply->n_devices; i++)
		apply_device_done(&apply->devices[i]);
	free(apply->devices);
	free(apply->owner);
	for (size_t i = 0; i < apply->n_objects; i++)
		object_done(&apply->objects[i]);
	free(apply->objects);
	for (size_t i = 0; i < apply->n_pins; i++)
		closep(&apply->pins[i]);
	free(apply->pins);
}
