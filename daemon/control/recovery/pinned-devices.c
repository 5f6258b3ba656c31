// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/recovery/pinned-devices.h"

#include "base/cleanup.h"
#include "base/directory.h"
#include "daemon/control/pins/orphans.h"
#include "daemon/kernel/bpffs/object-id.h"
#include "daemon/kernel/bpffs/pinned-text.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/registry.h"
#include "daemon/state/rollback.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void pinned_device_done(struct pinned_device *device)
{
	device_record_done(&device->copy);
	free(device->why);
	netdev_name_done(&device->name);
}

void pinned_devices_done(struct pinned_devices *devices)
{
	for (size_t i = 0; i < devices->n_items; i++)
		pinned_device_done(&devices->items[i]);
	free(devices->items);
	*devices = (struct pinned_devices){};
}

struct pinned_device *pinned_devices_find(const struct pinned_devices *devices, uint64_t number)
{
	for (size_t i = 0; i < devices->n_items; i++)
		if (devices->items[i].number == number)
			return &devices->items[i];
	return NULL;
}

/* To be freed; NULL: no memory. */
static char *describe_unknown(const struct pinned_device *device, const char *why,
			      const struct pin_directories *directories)
{
	const struct netdev_name *name = &device->name;
	cleanup(freep) char *directory = pin_directories_outside(directories, directories->devices);
	char *sentence;
	int length;

	if (*name->ifname)
		length = asprintf(
			&sentence,
			"%s runs the XDP chain of an earlier xdpd, which is unknown: %s; it keeps "
			"running and cannot be changed; 'xdpctl release --dev %s%s%s' detaches it, "
			"and a restart of xdpd takes it over if its record is back as "
			"'devices/%" PRIu64 ".json' in the state directory",
			name->ifname, why, name->ifname, name->netns ? " --netns " : "",
			name->netns ?: "", device->number);
	else
		length = asprintf(
			&sentence,
			"a device with ifindex %u, in a network namespace that xdpd "
			"cannot find, runs the XDP chain of an earlier xdpd, which is "
			"unknown: %s; it keeps running; 'rm -r %s/%" PRIu64 "' detaches it",
			device->ifindex, why, directory ?: directories->devices, device->number);
	return length < 0 ? NULL : sentence;
}

int pinned_device_leave(struct pinned_device *device, const char *why,
			const struct pin_directories *directories, struct orphans *orphans,
			struct error *error)
{
	struct orphan item = { device->number, device->ifindex };

	item.sentence = describe_unknown(device, why, directories);
	item.name = device->name;
	device->name = (struct netdev_name){};
	return orphans_add(orphans, &item, error);
}

struct reading {
	const struct pin_directories *directories;
	struct pinned_devices *devices;
	struct pinned_device *device; /* the device whose copy of the record is searched for */
	int result;
	struct error *error;
};

/* If a copy cannot be used, notes the reason. If there are several copies, the newest is used. */
static void take_copy(struct pinned_device *device, const char *text)
{
	cleanup(error_done) struct error error = {};
	cleanup(json_decrefp) json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
	struct device_record record = {};

	device->is_released = json_is_null(json);
	if (device->is_released)
		error_set(&error, ERROR_BAD_STATE, -EBADMSG, "it was being given up");
	else if (device_record_decode(json, &record, &error) == 0 &&
		 record.number != device->number)
		error_set(&error, ERROR_BAD_STATE, -EBADMSG,
			  "the copy in the kernel is another device's");
	if (error.id != ERROR_NONE) {
		device_record_done(&record);
		free(device->why);
		device->why = steal(error.message);
		return;
	}
	if (device->has_copy && device->copy.generation > record.generation) {
		device_record_done(&record);
		return;
	}
	device_record_done(&device->copy);
	device->copy = record;
	device->has_copy = true;
}

static void fail(struct reading *reading, int failure)
{
	reading->result = error_set(reading->error, ERROR_KERNEL_REFUSED, failure,
				    "what is pinned for device %" PRIu64 " cannot be read: %s",
				    reading->device->number, errno_name(failure));
}

static void read_generation(int directory, const char *name, void *userdata)
{
	struct reading *reading = userdata;
	struct pinned_device *device = reading->device;
	cleanup(pins_keep) struct pins *pins = NULL;
	cleanup(closep) int rootlet = -1, note = -1;
	cleanup(freep) char *text = NULL;

	(void)directory;
	if (reading->result < 0 || strtoull(name, NULL, 10) != device->number ||
	    pins_open(reading->directories->generations, name, &pins, NULL) < 0)
		return;
	rootlet = pins_get(pins, "rootlet");
	if (rootlet >= 0 && !generation_pins_run(pins, device->program_id))
		return;
	note = rootlet < 0 ? rootlet : pins_get(pins, GENERATION_TEXT);
	if (note >= 0)
		text = pinned_text_read(note);
	if (text)
		take_copy(device, text);
	else if (errno_is_passing(note < 0 ? note : errno))
		fail(reading, note < 0 ? note : -errno);
}

static void note_number(struct pinned_devices *devices, const char *name)
{
	uint64_t number = strtoull(name, NULL, 10);

	if (number > devices->last_number)
		devices->last_number = number;
}

static void read_device(int directory, const char *name, void *userdata)
{
	struct reading *reading = userdata;
	struct pinned_devices *devices = reading->devices;
	struct pinned_device device = { .number = strtoull(name, NULL, 10) };
	cleanup(attachment_keep) struct attachment *attachment = NULL;
	struct pinned_device *longer;
	int result;

	(void)directory;
	note_number(devices, name);
	reading->device = &device;
	if (reading->result < 0)
		return;
	result = orphan_open(reading->directories, device.number, &attachment, &device.ifindex,
			     &device.program_id);
	if (result < 0 && errno_is_passing(result))
		fail(reading, result);
	if (result < 0)
		return;
	device.is_foreign = device.program_id &&
			    device.program_id == attachment_foreign_id(attachment);
	longer = reallocarray(devices->items, devices->n_items + 1, sizeof(*longer));
	if (!longer) {
		reading->result = error_memory(reading->error);
		return;
	}
	devices->items = longer;
	longer[devices->n_items] = device;
	reading->device = &longer[devices->n_items++];
	directory_each(AT_FDCWD, reading->directories->generations, read_generation, reading);
	if (reading->device->ifindex && !reading->device->has_copy)
		netdev_search(device.ifindex, device.program_id, &reading->device->name);
}

static void read_name(int directory, const char *name, void *userdata)
{
	(void)directory;
	note_number(userdata, name);
}

int pinned_devices_read(const struct pin_directories *directories, struct pinned_devices *ret,
			struct error *error)
{
	struct reading reading = { directories, ret, NULL, 0, error };
	int result = directory_each(AT_FDCWD, directories->generations, read_name, ret);

	if (result == 0)
		result = directory_each(AT_FDCWD, directories->devices, read_device, &reading);
	if (result < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, result,
				 "the pin directory '%s' cannot be read: %s",
				 directories->directory, errno_name(result));
	return reading.result;
}

/* Something that cannot be looked at does not count as missing. */
static bool is_there(const char *place, const char *name)
{
	cleanup(freep) char *path = NULL;

	if (asprintf(&path, "%s/%s", place, name) < 0) {
		path = NULL;
		return true;
	}
	return access(path, F_OK) == 0 || errno != ENOENT;
}

static size_t count_loaded(const struct device_record *record)
{
	return record->chain.n_entries + (record->chain.policy ? 1 : 0);
}

bool record_is_pinned(const struct device_record *record, const char *boot,
		      const struct pin_directories *directories)
{
	const struct generation_record *live = record->live;
	cleanup(freep) char *name = NULL;

	if (strcmp(record->boot, boot) != 0)
		return false;
	if (!live)
		return record->rollback && record->rollback->released;
	name = generation_pin_name(record->number, live->number, live->made_by);
	if (name && !is_there(directories->generations, name))
		return false;
	for (size_t i = 0; i < count_loaded(record); i++) {
		char id[16];

		snprintf(id, sizeof(id), "%" PRIu32, record->loaded[i].id);
		if (record->loaded[i].id && !is_there(directories->components, id))
			return false;
	}
	return true;
}

static bool have_same_components(const struct device_record *record,
				 const struct device_record *other)
{
	if (count_loaded(record) != count_loaded(other))
		return false;
	for (size_t i = 0; i < count_loaded(record); i++)
		if (record->loaded[i].id != other->loaded[i].id)
			return false;
	return true;
}

static enum pinned_choice choose_from_both(const struct device_record *record,
					   const struct device_record *copy, const char *boot,
					   const struct pin_directories *directories)
{
	if (strcmp(record->boot, boot) != 0 || record->generation < copy->generation)
		return PINNED_COPY;
	if (record->generation == copy->generation)
		return have_same_components(record, copy) ? PINNED_RECORD : PINNED_COPY;
	return record_is_pinned(record, boot, directories) ? PINNED_RECORD : PINNED_COPY;
}

enum pinned_choice pinned_device_choose(const struct pinned_device *device,
					const struct device_record *record, const char *boot,
					const struct pin_directories *directories)
{
	if (device->has_copy)
		return choose_from_both(record, &device->copy, boot, directories);
	if (!device->ifindex || record_is_pinned(record, boot, directories) ||
	    (record->ifindex == device->ifindex && !strcmp(record->boot, boot)))
		return PINNED_RECORD;
	return !strcmp(record->ifname, device->name.ifname) &&
			       same_netns(record->netns, device->name.netns)
		       ? PINNED_RECORD
		       : PINNED_NEITHER;
}
