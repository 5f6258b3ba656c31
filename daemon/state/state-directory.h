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
 * Makes what is missing of it and takes away what a crash left half written; -EBUSY and a sentence
 * when another daemon has it.
 */
int state_directory_open(const char *directory, struct state_directory **ret, struct error *error);
void state_directory_drop(struct state_directory **state);

/* What a record is to become: JSON as text, or NULL when the device is given up. */
struct record_change {
	uint64_t number;
	char *text;
};

/*
 * Keeps all of the records or, on failure, none. It is on the disk when this returns: with one
 * record by renaming its file, with several by renaming the list of them, of which state_directory_load() does
 * the rest if we do not come to it.
 */
int state_directory_save(struct state_directory *state, size_t n_changes,
			 const struct record_change *changes, struct error *error);

/*
 * Reads all records. What is damaged is set aside and told to `damaged`, with the number of the
 * device if it has one (else 0) and a sentence. `take` owns its record. Errors: Unsupported if any
 * of it was written by a newer xdpd; then nothing was touched.
 */
struct state_reader {
	int (*take)(void *userdata, struct device_record *record, struct error *error);
	void (*damaged)(void *userdata, uint64_t number, const char *sentence);
	void *userdata;
};
int state_directory_load(struct state_directory *state, const struct state_reader *reader,
			 struct error *error);

/* Moves the record of a device, which is not used, to damaged/. */
void state_set_aside(struct state_directory *state, uint64_t number);

/* The kernel's id of this boot. */
const char *state_directory_boot(const struct state_directory *state);

/* Is that what is on the disk about the device? */
bool state_directory_has(const struct state_directory *state, uint64_t number, const char *text);

/* Are its directories still those that we opened? If they were removed, nothing can be saved. */
bool state_is_there(const struct state_directory *state);

/* The directory itself, for what else is kept there; stays the state's. */
int state_directory_fd(const struct state_directory *state);
