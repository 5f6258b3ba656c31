// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/slot-link.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "daemon/kernel/info/tracing-programs.h"

#include <bpf/bpf.h>

static void slot_link_destroy(struct node *node)
{
	closep(&((struct slot_link *)node)->fd);
}

static const struct node_type slot_link_type = { "link", slot_link_destroy };

void slot_link_release(struct slot_link **link)
{
	struct node *node = (struct node *)steal(*link);

	node_release(&node);
}

int slot_link_restore(int fd, struct component *component, struct rootlet *rootlet,
		      struct slot_link **ret, struct error *error)
{
	cleanup(closep) int owned = fd;
	cleanup(freep) struct slot_link *link = calloc(1, sizeof(*link));

	if (!link || node_init(&link->node, &slot_link_type, 2,
			       (struct node *[]){ &rootlet->node, &component->node }) < 0)
		return error_memory(error);
	link->fd = steal_fd(&owned);
	*ret = steal(link);
	return 0;
}

/* A function can have an extension or tracing programs at its entry, but not both. */
static int refused(const struct component *component, const struct rootlet *rootlet, int failure,
		   struct error *error)
{
	cleanup(freep) char *holder = NULL;
	struct tracing_program tracing;

	if (failure == -EBUSY && tracing_programs_find(&rootlet->id, 1, &tracing))
		holder = tracing_program_describe(&tracing);
	if (failure == -EBUSY)
		return error_set(
			error, ERROR_KERNEL_REFUSED, failure,
			"the kernel refused to link '%s' into the rootlet (%s), because "
			"%s traces a function of it (fentry, fexit), and a function can be "
			"traced or replaced, not both; end that program, and try again",
			component->spec.program, errno_name(failure),
			holder ?: "a program that the kernel does not name");
	return error_set(error, ERROR_KERNEL_REFUSED, failure,
			 "the kernel refused to link '%s' into the rootlet: %s",
			 component->spec.program, errno_name(failure));
}

int slot_link_new(struct component *component, struct rootlet *rootlet, uint32_t function_id,
		  struct slot_link **ret, struct error *error)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .target_btf_id = function_id);
	int fd = bpf_link_create(component->fd, rootlet->fd, 0, &options);

	if (fd < 0)
		return refused(component, rootlet, -errno, error);
	crash_point("slot-link");
	return slot_link_restore(fd, component, rootlet, ret, error);
}
