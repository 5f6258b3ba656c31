// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/file.h"

#include <stdlib.h>
#include <sys/mman.h>

void blob_done(struct blob *blob)
{
	if (blob->mapped)
		munmap(blob->bytes, blob->mapped);
	else
		free(blob->bytes);
	*blob = (struct blob){};
}
