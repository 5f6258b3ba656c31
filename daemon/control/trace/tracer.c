// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/trace/tracer.h"

#include "base/cleanup.h"

#include <stdlib.h>

void tracer_options_done(struct tracer_options *options)
{
	free(steal(options->ifname));
	free(steal(options->netns));
	free(steal(options->filter));
	free(steal(options->component));
}

void trace_view_done(struct trace_view *view)
{
	while (view->n_components > 0) {
		struct traced_component *component = &view->components[--view->n_components];

		free(component->name);
		free(component->program);
	}
	free(steal(view->components));
}
