// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/announce.h"

#include "base/cleanup.h"
#include "base/format.h"
#include "daemon/control/pipeline/change-kinds.h"
#include "daemon/linkers/generation.h"
#include "daemon/linkers/linker.h"
#include "daemon/state/rollback.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add_device(struct log_fields *fields, const struct device *device)
{
	log_fields_add(fields, "DEVICE=%s", device->ifname);
	if (device->netns_path)
		log_fields_add(fields, "NETNS=%s", device->netns_path);
	log_fields_add(fields, "GENERATION=%" PRIu64, device->generation);
}

__attribute__((format(printf, 4, 5))) static void report(struct events *events, enum log_event kind,
							 const struct device *device,
							 const char *format, ...)
{
	cleanup(log_fields_done) struct log_fields fields = {};
	cleanup(freep) char *sentence = NULL;
	va_list arguments;

	va_start(arguments, format);
	sentence = format_text(format, arguments);
	va_end(arguments);
	add_device(&fields, device);
	events_report(events, kind, &fields, "%s", sentence ?: "out of memory");
}

/* Does the device run another generation than before? */
static bool is_swapped(const struct transaction *transaction, const struct target *target)
{
	return target->ifindex && !target->release && !target->stays && target->device->live &&
	       !transaction_only_lets_go(transaction);
}

static void announce_swap(struct events *events, const struct transaction *transaction,
			  struct device *device)
{
	const char *linker = device->live->made_by->name;

	if (transaction->kind == TRANSACTION_FUSE)
		report(events, LOG_EVENT_FUSED, device,
		       "%s runs generation %" PRIu64 ", fused into one program", device->ifname,
		       device->generation);
	else if (device->is_reattaching)
		report(events, LOG_EVENT_REATTACHED, device,
		       "%s runs its chain again, as generation %" PRIu64 " (linker %s)",
		       device->ifname, device->generation, linker);
	else
		report(events, LOG_EVENT_SWAPPED, device,
		       "%s runs generation %" PRIu64 " (linker %s, %zu component%s)",
		       device->ifname, device->generation, linker, device->chain.n_entries,
		       device->chain.n_entries == 1 ? "" : "s");
	device->is_reattaching = false;
}

static void announce_place(struct events *events, const struct transaction *transaction,
			   const struct target *target)
{
	const struct device *device = target->device;

	if (transaction->kind == TRANSACTION_GONE && !device->ifindex && !target->was_absent)
		report(events, LOG_EVENT_DISAPPEARED, device,
		       "device %s disappeared; its chain waits for it", device->ifname);
	if (transaction->kind != TRANSACTION_LINK || !device->ifindex)
		return;
	if (target->was_absent)
		report(events, LOG_EVENT_APPEARED, device, "device %s reappeared", device->ifname);
	if (strcmp(target->old_ifname, device->ifname) != 0)
		report(events, LOG_EVENT_RENAMED, device, "device %s was renamed to %s",
		       target->old_ifname, device->ifname);
}

static void announce_confirmation(struct events *events, const struct transaction *transaction,
				  const struct target *target)
{
	const struct device *device = target->device;
	const struct rollback *rollback = device->rollback;
	uint64_t now = rollback_now();

	if (transaction->kind != TRANSACTION_CHANGE)
		return;
	if (rollback)
		report(events, LOG_EVENT_UNCONFIRMED, device,
		       "%s has an unconfirmed change; it rolls back in %" PRIu64 " s",
		       device->ifname,
		       rollback->until > now ? (rollback->until - now + 999999) / 1000000 : 0);
	else if (transaction->change->kind == &change_kinds[CHANGE_CONFIRM] && target->old_rollback)
		report(events, LOG_EVENT_CONFIRMED, device, "the change of %s was confirmed",
		       device->ifname);
}

static void announce_target(struct events *events, const struct transaction *transaction,
			    const struct target *target)
{
	announce_place(events, transaction, target);
	if (target->release)
		report(events, LOG_EVENT_RELEASED, target->device, "%s was released",
		       target->device->ifname);
	else if (is_swapped(transaction, target))
		announce_swap(events, transaction, target->device);
	announce_confirmation(events, transaction, target);
}

static void announce_not_fused(struct events *events, const struct transaction *transaction)
{
	const struct device *device = registry_find_number(&transaction->manager->registry,
							   transaction->number);

	if (device && !atomic_load(&transaction->job.abandoned))
		report(events, LOG_EVENT_NOT_FUSED, device, "the chain of %s cannot be fused: %s",
		       device->ifname, transaction->error.message ?: "out of memory");
}

void announce_decided(struct events *events, const struct transaction *transaction)
{
	if (!transaction->committed && transaction->kind == TRANSACTION_FUSE)
		announce_not_fused(events, transaction);
	for (size_t i = 0; transaction->committed && i < transaction->n_targets; i++)
		announce_target(events, transaction, &transaction->targets[i]);
}

void announce_foreign(struct events *events, const struct device *device, const struct error *error)
{
	report(events, LOG_EVENT_FOREIGN, device, "the chain of %s cannot be attached: %s",
	       device->ifname, error->message ?: "out of memory");
}
