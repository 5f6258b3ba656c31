// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/state/device-record.h"

/*
 * The state directory: a record for each device that is ours, and the lock that makes it one daemon's.
 *
 *     devices/NUMBER.json    a record
 *     pending.json           records of several devices, on their way to become the above
 *     damaged/               what could not be read, or was not used
 */
struct state_directory;

/*
 * Opens the directory: creates what is missing, and removes half-written files that a crash left. Errors:
 * -EBUSY and a sentence if another daemon uses it.
 */
int state_directory_open(const char *directory, struct state_directory **ret, struct error *error);
void state_directory_drop(struct state_directory **state);

/* The new content of a record: JSON text, or NULL if the device was released. */
struct record_change {
	uint64_t number;
	char *text;
};

/*
 * Saves either all of the records or, on failure, none. They are on disk when this returns. One record is
 * saved by renaming its file; several are saved by renaming a list of them. If the daemon is killed after
 * that, state_directory_load() completes the change.
 */
int state_directory_save(struct state_directory *state, size_t n_changes,
			 const struct record_change *changes, struct error *error);

/*
 * Reads all records. Damaged files are moved away and reported to `damaged`, with the number of the device
 * if it is known (else 0), and a sentence. `take` owns its record. Errors: Unsupported if a newer xdpd has
 * written any of them; then nothing was changed.
 */
struct state_reader {
	int (*take)(void *userdata, struct device_record *record, struct error *error);
	void (*damaged)(void *userdata, uint64_t number, const char *sentence);
	void *userdata;
};
int state_directory_load(struct state_directory *state, const struct state_reader *reader,
			 struct error *error);

/* Moves the record of a device, which will not be used, to damaged/. */
void state_set_aside(struct state_directory *state, uint64_t number);

/* The kernel's id of this boot. */
const char *state_directory_boot(const struct state_directory *state);

/* Is that the record of the device on disk? */
bool state_directory_has(const struct state_directory *state, uint64_t number, const char *text);

/*
 * Do the names of its directories still lead to the ones that are open? If they were removed, nothing can be
 * saved.
 */
bool state_is_there(const struct state_directory *state);

/* The directory itself, for other files in it; it stays open, and the state owns the descriptor. */
int state_directory_fd(const struct state_directory *state);
