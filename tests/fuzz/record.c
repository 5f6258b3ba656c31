// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The record of a device, as it is on disk. A record that can be read is written and read again. */
#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/state/device-record.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json-mutator.h"

#include <stdlib.h>

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t size_max, unsigned int seed)
{
	return json_mutate_bytes(bytes, size, size_max, seed);
}

/* A record that is accepted can be saved, and is then read as the same chain. */
static void write_again(const struct device_record *record)
{
	const struct device_record_view view = { .number = record->number,
						 .ifname = record->ifname,
						 .netns = record->netns,
						 .config = record->config,
						 .generation = record->generation,
						 .chain = &record->chain };
	cleanup(freep) char *text = device_record_encode(&view, "a boot");
	cleanup(json_decrefp) json_t *json = text ? json_loads(text, 0, NULL) : NULL;
	struct device_record again;

	if (!json || device_record_decode(json, &again, NULL) < 0 ||
	    again.chain.n_entries != record->chain.n_entries)
		abort();
	device_record_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	cleanup(error_done) struct error error = {};
	cleanup(json_decrefp)
		json_t *json = json_loadb((const char *)bytes, size, JSON_REJECT_DUPLICATES, NULL);
	struct device_record record;

	if (!json)
		return 0;
	if (device_record_decode(json, &record, &error) < 0) {
		if (!error.message)
			abort();
		return 0;
	}
	write_again(&record);
	device_record_done(&record);
	return 0;
}
