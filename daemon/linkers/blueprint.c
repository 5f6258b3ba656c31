// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/blueprint.h"

#include "daemon/kernel/counters.h"
#include "daemon/kernel/rootlet.h"
#include "daemon/linkers/linker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>

bool blueprint_frags(const struct linker *linker, const struct blueprint *blueprint)
{
	for (size_t i = 0; i < blueprint->n_placements; i++)
		if (!component_accepts_frags(blueprint->placements[i].component))
			return false;
	return linker->frags && (!blueprint->policy || blueprint->policy->frags);
}

size_t blueprint_parts(const struct blueprint *blueprint)
{
	return blueprint->n_placements - (blueprint_tail_fd(blueprint) >= 0);
}

int blueprint_counters(const struct blueprint *blueprint, struct error *error)
{
	size_t n_rows = blueprint_rows(blueprint);
	int fd;

	if (blueprint->counts_with) {
		assert(blueprint->counts_with->n_rows == n_rows);
		fd = fcntl(blueprint->counts_with->counters_fd, F_DUPFD_CLOEXEC, 3);
		return fd >= 0 ? fd
			       : error_set(error, ERROR_KERNEL_REFUSED, -errno,
					   "cannot duplicate a file descriptor: %s",
					   errno_name(errno));
	}
	return blueprint->pin_directory ? counters_new(n_rows, error)
					: counters_new_mappable(n_rows, error);
}

size_t blueprint_rows(const struct blueprint *blueprint)
{
	bool limited = false;

	for (size_t i = 0; i < blueprint->n_placements; i++)
		limited |= blueprint->placements[i].forbidden != 0;
	return blueprint->n_placements * (limited ? 2 : 1) + 1;
}

int blueprint_tail_fd(const struct blueprint *blueprint)
{
	size_t n = blueprint->n_placements;

	return n > 0 ? blueprint->placements[n - 1].component->tail_fd : -1;
}
