#include "daemon/state/rollback.h"

#include "base/cleanup.h"
#include "daemon/linkers/generation.h"

#include <string.h>
#include <time.h>

uint64_t rollback_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
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
