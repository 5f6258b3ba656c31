#pragma once

#include "daemon/control/pins/orphans.h"
#include "daemon/kernel/bpffs/pin-directories.h"
#include "daemon/kernel/netdev-search.h"
#include "daemon/state/device-record.h"

/*
 * The devices whose links earlier daemons left pinned, and the copy of its record that is pinned beside
 * what each of them runs.
 */
struct pinned_devices {
	uint64_t last_number; /* that any pin has */
	size_t n_items;
	struct pinned_device {
		uint64_t number;
		unsigned int ifindex; /* 0: the device is gone */
		uint32_t program_id;  /* that it runs */
		bool has_copy;
		struct device_record copy;
		bool is_released;	 /* its copy says that it was given up */
		bool is_foreign;	 /* it runs what an adoption was to replace */
		char *why;		 /* there is no copy, one clause; or NULL */
		bool is_known;		 /* its record, or the copy, is used */
		struct netdev_name name; /* where it is; without an ifname: nowhere that we know */
	} * items;
};

/* Changes nothing. Errors: what cannot be read now, and may be readable a little later. */
int pinned_devices_read(const struct pin_directories *directories, struct pinned_devices *ret,
			struct error *error);
void pinned_devices_done(struct pinned_devices *devices);

/* Adds the device, of which nothing is known, to those that are left alone. `why` is one clause. */
int pinned_device_leave(struct pinned_device *device, const char *why,
			const struct pin_directories *directories, struct orphans *orphans,
			struct error *error);

/* NULL if no link is pinned for that device. */
struct pinned_device *pinned_devices_find(const struct pinned_devices *devices, uint64_t number);

/* Is all that the record says it runs pinned? What it describes was, before it was written. */
bool record_is_pinned(const struct device_record *record, const char *boot,
		      const struct pin_directories *directories);

/*
 * Which of both is about what the device runs? A record is written before what it describes runs, and
 * so may be newer than what runs, never older; then it is from a backup, or another device's that had
 * the number before. `boot` is the id of this boot.
 */
enum pinned_choice {
	PINNED_RECORD,
	PINNED_COPY,
	PINNED_NEITHER, /* the record is not about it, and there is no copy */
};
enum pinned_choice pinned_device_choose(const struct pinned_device *device,
					const struct device_record *record, const char *boot,
					const struct pin_directories *directories);
