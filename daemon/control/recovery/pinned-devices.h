// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pins/orphans.h"
#include "daemon/kernel/bpffs/pin-directories.h"
#include "daemon/kernel/netdev-search.h"
#include "daemon/state/device-record.h"

/*
 * The devices whose links earlier daemons left pinned, and the copies of their records, which are pinned
 * beside what each device runs.
 */
struct pinned_devices {
	uint64_t last_number; /* the highest number in any pin */
	size_t n_items;
	struct pinned_device {
		uint64_t number;
		unsigned int ifindex; /* 0: the device is gone */
		uint32_t program_id;  /* of the program that it runs */
		bool has_copy;
		struct device_record copy;
		bool is_released; /* its copy says that the device was released */
		bool is_foreign; /* it still runs the program that an adoption should have replaced */
		char *why;	 /* why there is no copy, one clause; or NULL */
		bool is_known;	 /* its record, or the copy, was used */
		struct netdev_name name; /* the device now; an empty ifname: it was not found */
	} * items;
};

/*
 * Reads the pins, and changes nothing. Errors: something cannot be read now, but perhaps a little later.
 */
int pinned_devices_read(const struct pin_directories *directories, struct pinned_devices *ret,
			struct error *error);
void pinned_devices_done(struct pinned_devices *devices);

/*
 * Adds the device, about which nothing is known, to those that are left alone. `why` is one clause.
 */
int pinned_device_leave(struct pinned_device *device, const char *why,
			const struct pin_directories *directories, struct orphans *orphans,
			struct error *error);

/* The device of that number; NULL: no link is pinned for it. */
struct pinned_device *pinned_devices_find(const struct pinned_devices *devices, uint64_t number);

/*
 * Is everything pinned that the record says the device runs? When the record was written, it was.
 */
bool record_is_pinned(const struct device_record *record, const char *boot,
		      const struct pin_directories *directories);

/*
 * Does the record or the copy describe what the device runs? A record is written before its generation runs,
 * so it may be newer than what runs, but never older. If it is older, it comes from a backup, or belongs to
 * another device that had the number before. `boot` is the id of this boot.
 */
enum pinned_choice {
	PINNED_RECORD,
	PINNED_COPY,
	PINNED_NEITHER, /* the record does not describe it, and there is no copy */
};
enum pinned_choice pinned_device_choose(const struct pinned_device *device,
					const struct device_record *record, const char *boot,
					const struct pin_directories *directories);
