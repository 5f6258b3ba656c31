#include "daemon/control/change.h"

#include "base/cleanup.h"

void change_drop(struct change **slot)
{
	struct change *change = steal(*slot);

	if (!change)
		return;
	for (size_t i = 0; i < change->n_devices; i++)
		free(change->devices[i]);
	free(change->devices);
	blob_done(&change->attach.object);
	free(change->attach.label);
	free(change->attach.program);
	free(change->attach.name);
	free(change->attach.before);
	free(change->attach.after);
	free(change->detach.name);
	free(change);
}

void change_result_done(struct change_result *result)
{
	for (size_t i = 0; i < result->n_devices; i++) {
		free(result->devices[i].ifname);
		free(result->devices[i].name);
		free(result->devices[i].note);
	}
	free(result->devices);
	*result = (struct change_result){};
}
