// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The daemon's settings, as an operator could write them. */
#include "daemon/service/settings.h"
#include "tests/fuzz/directory.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct error error = {};
	struct settings settings;

	directory_write("a.conf", bytes, size);
	if (settings_read(directory_get(), &settings, &error) == 0)
		settings_done(&settings);
	else if (!error.message)
		abort();
	error_done(&error);
	return 0;
}
