#pragma once

#include "daemon/state/device-record.h"

/*
 * The state directory: a record for each device that is ours, and the lock that makes it one daemon's.
 *
 *     devices/NUMBER.json    a record
 *     pending.json           records of several devices, on their way to become the above
 *     damaged/               what could not be read, or was not used
 */
struct state;

/*
 * Makes what is missing of it and takes away what a crash left half written; -EBUSY and a sentence
 * when another daemon has it.
 */
int state_open(const char *directory, struct state **ret, struct error *error);
void state_drop(struct state **state);

/* What a record is to become: JSON as text, or NULL when the device is given up. */
struct record_change {
	uint64_t number;
	char *text;
};

/*
 * Keeps all of the records or, on failure, none. It is on the disk when this returns: with one
 * record by renaming its file, with several by renaming the list of them, of which state_load() does
 * the rest if we do not come to it.
 */
int state_save(struct state *state, size_t n_changes, const struct record_change *changes,
	       struct error *error);

/*
 * Reads all records. What is damaged is set aside and told to `damaged`, with the number of the
 * device if it has one (else 0) and a sentence. `take` owns its record. Errors: Unsupported if any
 * of it was written by a newer xdpd; then nothing was touched.
 */
struct state_reader {
	int (*take)(void *userdata, struct record *record, struct error *error);
	void (*damaged)(void *userdata, uint64_t number, const char *sentence);
	void *userdata;
};
int state_load(struct state *state, const struct state_reader *reader, struct error *error);

/* Moves the record of a device, which is not used, to damaged/. */
void state_set_aside(struct state *state, uint64_t number);

/* The kernel's id of this boot. */
const char *state_boot(const struct state *state);

/* Is that what is on the disk about the device? */
bool state_has(const struct state *state, uint64_t number, const char *text);

/* Are its directories still those that we opened? If they were removed, nothing can be saved. */
bool state_is_there(const struct state *state);

/* The directory itself, for what else is kept there; stays the state's. */
int state_directory(const struct state *state);
