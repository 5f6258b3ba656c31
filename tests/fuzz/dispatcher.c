// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The configuration map of libxdp's dispatcher, which any process can pin in bpffs. */
#include "base/cleanup.h"
#include "daemon/kernel/libxdp/config-map.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	cleanup(error_done) struct error error = {};
	struct libxdp_config record, again;
	uint8_t written[LIBXDP_CONFIG_SIZE];
	cleanup(freep) uint8_t *copy = malloc(size ?: 1);
	unsigned int declared = size ? bytes[0] % 5 : 0;

	if (!size)
		return 0;
	memcpy(copy, bytes + 1, size - 1);
	if (libxdp_config_parse(copy, size - 1, declared, &record, &error) < 0)
		return 0;
	libxdp_config_format(&record, written);
	if (libxdp_config_parse(written, sizeof(written), 0, &again, NULL) < 0 ||
	    again.n_programs != record.n_programs)
		abort();
	return 0;
}
