#include "daemon/control/change.h"

#include "base/cleanup.h"

static void source_done(struct program_source *source)
{
	blob_done(&source->object);
	free(source->label);
	free(source->program);
	strings_done(&source->values);
	for (size_t i = 0; i < source->n_libraries; i++)
		object_done(&source->libraries[i]);
	free(source->libraries);
	strings_done(&source->shares);
	while (source->n_pins > 0)
		closep(&source->pins[--source->n_pins]);
	free(source->pins);
}

void change_drop(struct change **slot)
{
	struct change *change = steal(*slot);

	if (!change)
		return;
	for (size_t i = 0; i < change->n_devices; i++)
		free(change->devices[i]);
	free(change->devices);
	free(change->netns);
	source_done(&change->attach.source);
	free(change->attach.name);
	free(change->attach.before);
	free(change->attach.after);
	free(change->attach.slot);
	free(change->attach.match);
	free(change->detach.name);
	source_done(&change->replace.source);
	free(change->replace.name);
	free(change->move.name);
	free(change->move.before);
	free(change->move.after);
	source_done(&change->policy.source);
	free(change->relink.library);
	source_done(&change->relink.source);
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
	for (size_t i = 0; i < result->n_findings; i++) {
		free(result->findings[i].ifname);
		free(result->findings[i].sentence);
	}
	free(result->findings);
	*result = (struct change_result){};
}
