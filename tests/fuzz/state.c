// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A state directory with a list of pending records and a record; a zero byte separates them. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/state/state-directory.h"
#include "tests/fuzz/directory.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json-mutator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t size_max, unsigned int seed)
{
	const uint8_t *zero = memchr(bytes, 0, size);
	size_t first = zero ? zero - bytes : size, rest = size - first, length;
	cleanup(freep) uint8_t *copy = malloc(size_max ?: 1);

	if (first == size || seed % 16 == 0)
		return LLVMFuzzerMutate(bytes, size, size_max);
	if (seed % 2) { /* the part after the zero byte */
		length = json_mutate_bytes(bytes + first + 1, rest - 1, size_max - first - 1, seed);
		return first + 1 + length;
	}
	memcpy(copy, bytes, first);
	length = json_mutate_bytes(copy, first, size_max - rest, seed);
	memmove(bytes + length, bytes + first, rest);
	memcpy(bytes, copy, length);
	return length + rest;
}

static int take(void *userdata, struct device_record *record, struct error *error)
{
	(void)userdata;
	(void)error;
	device_record_done(record);
	return 0;
}

static void damaged(void *userdata, uint64_t number, const char *sentence)
{
	(void)userdata;
	(void)number;
	if (!*sentence)
		abort();
}

static void load(void)
{
	const struct state_reader reader = { take, damaged, NULL };
	cleanup(error_done) struct error error = {};
	cleanup(state_directory_drop) struct state_directory *state = NULL;

	if (state_directory_open(directory_get(), &state, &error) < 0)
		return;
	if (state_directory_load(state, &reader, &error) < 0 && !error.message)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const uint8_t *zero = memchr(bytes, 0, size);
	char devices[128];

	directory_empty();
	snprintf(devices, sizeof(devices), "%s/devices", directory_get());
	if (mkdir(devices, 0700) < 0)
		abort();
	if (zero != bytes)
		directory_write("pending.json", bytes, zero ? (size_t)(zero - bytes) : size);
	if (zero)
		directory_write("devices/1.json", zero + 1, bytes + size - zero - 1);
	load();
	load(); /* the files that the first load left */
	return 0;
}
