// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/monitor/link-queue.h"

#include "base/cleanup.h"
#include "daemon/control/pipeline/pipeline.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"

/* A caller that waits until all devices run their wanted chains. */
struct waiter {
	struct waiter *next;
	void (*ready)(void *userdata);
	void *userdata;
};

struct link_queue {
	struct manager *manager; /* not owned, like the queue */
	struct queue *queue;
	size_t n_queued;
	struct waiter *waiters;
};

int link_queue_new(struct manager *manager, struct queue *queue, struct link_queue **ret,
		   struct error *error)
{
	struct link_queue *links = calloc(1, sizeof(*links));

	if (!links)
		return error_memory(error);
	*links = (struct link_queue){ .manager = manager, .queue = queue };
	*ret = links;
	return 0;
}

void link_queue_drop(struct link_queue **p)
{
	struct link_queue *links = steal(*p);

	if (!links)
		return;
	while (links->waiters) {
		struct waiter *waiter = links->waiters;

		links->waiters = waiter->next;
		free(waiter);
	}
	free(links);
}

void link_queue_add(struct link_queue *links, enum transaction_kind kind, struct device *device)
{
	struct transaction *transaction;

	if (device->is_queued ||
	    transaction_new_for_device(links->manager, kind, device, &transaction, NULL) < 0)
		return;
	device->is_queued = true;
	links->n_queued++;
	pipeline_submit(links->queue, transaction, NULL, NULL);
}

struct device *link_queue_end(struct link_queue *links, const struct transaction *transaction)
{
	struct device *device = registry_find_number(&links->manager->registry,
						     transaction->number);

	links->n_queued--;
	if (device)
		device->is_queued = false;
	return device;
}

bool link_queue_is_empty(const struct link_queue *links)
{
	return links->n_queued == 0;
}

int link_queue_when_empty(struct link_queue *links, void (*ready)(void *userdata), void *userdata,
			  struct error *error)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return error_memory(error);
	*waiter = (struct waiter){ links->waiters, ready, userdata };
	links->waiters = waiter;
	return 0;
}

void link_queue_forget(struct link_queue *links, const void *userdata)
{
	for (struct waiter **p = &links->waiters; *p;) {
		struct waiter *waiter = *p;

		if (waiter->userdata != userdata) {
			p = &waiter->next;
			continue;
		}
		*p = waiter->next;
		free(waiter);
	}
}

void link_queue_tell(struct link_queue *links)
{
	while (links->waiters && link_queue_is_empty(links)) {
		struct waiter *waiter = links->waiters;

		links->waiters = waiter->next;
		waiter->ready(waiter->userdata);
		free(waiter);
	}
}
