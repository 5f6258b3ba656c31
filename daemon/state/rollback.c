// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/state/rollback.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/linkers/generation.h"

#include <string.h>
#include <time.h>

uint64_t rollback_now(void)
{
	return clock_usec(CLOCK_BOOTTIME);
}

void rollback_drop(struct rollback **p)
{
	struct rollback *rollback = steal(*p);

	if (!rollback)
		return;
	generation_release(&rollback->before);
	chain_done(&rollback->chain);
	device_config_done(&rollback->config);
	free(rollback->failure);
	free(rollback);
}

struct generation *rollback_generation(const struct rollback *rollback)
{
	return rollback && rollback->before && rollback->before->pins ? rollback->before : NULL;
}

uint64_t rollback_due(const struct rollback *rollback)
{
	return rollback->retry_at ?: rollback->until;
}
