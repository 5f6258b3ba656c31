// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/freplace/link-slots.h"

#include "base/cleanup.h"
#include "daemon/kernel/slot-link.h"
#include "daemon/linkers/linker.h"

int link_slots(const struct linker *linker, const struct blueprint *blueprint,
	       struct rootlet *rootlet, const uint32_t *functions, size_t n_functions,
	       const struct join_result *join_results, struct generation **ret, struct error *error)
{
	struct slot_link *links[ROOTLET_SLOTS] = {};
	size_t n_links = 0;
	int result = 0;

	while (result == 0 && n_links < n_functions) {
		result = slot_link_new(blueprint->placements[n_links].component, rootlet,
				       functions[n_links], &links[n_links], error);
		n_links += result == 0;
	}
	if (result == 0)
		result = generation_new(linker, blueprint, rootlet, n_links, links, join_results,
					ret, error);
	while (n_links > 0)
		slot_link_release(&links[--n_links]);
	return result;
}
