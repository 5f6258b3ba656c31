// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/recovery/signatures.h"

#include "base/cleanup.h"
#include "daemon/signers/allowed-signers.h"
#include "daemon/state/device.h"
#include "object/object-signature.h"

#include <stdarg.h>
#include <stdio.h>

/* How many components are reported; further ones are only counted. */
#define REPORTS_MAX 20

struct loading {
	struct manager *manager;
	struct events *events;
	int result;
};

static void load(void *userdata, const char *sha256)
{
	struct loading *loading = userdata;
	struct manager *manager = loading->manager;
	const char *label = registry_find_label(&manager->registry, sha256);
	cleanup(object_done) struct object object = {};
	cleanup(error_done) struct error error = {};
	int result;

	/* An object without a label is needed only to roll back, or not at all. */
	result = object_store_get(manager->store, sha256, label ?: sha256, &object, &error);
	if (result == 0)
		result = object_check_signature(&object, SIGNATURE_NAMESPACE, &error);
	if (result < 0)
		events_report_device(loading->events, LOG_EVENT_UNTRUSTED, NULL, NULL,
				     "a signature in the object store does not count: %s",
				     error.message ?: "out of memory");
	else if (signed_objects_add(&manager->signing.objects, &object) < 0)
		loading->result = -ENOMEM;
}

int signatures_load(struct manager *manager, struct events *events, struct error *error)
{
	struct loading loading = { manager, events, 0 };

	object_store_each_signature(manager->store, load, &loading);
	return loading.result < 0 ? error_memory(error) : 0;
}

/* Reports the component, or only counts it after the first few. */
static void report_entry(const struct manager *manager, const struct device *device,
			 const struct entry *entry, struct events *events, size_t *n_found)
{
	cleanup(component_trust_done) struct component_trust trust = {};
	const struct signing *signing = &manager->signing;

	if (signing_judge(signing, &entry->spec, &trust, NULL) < 0 || !trust.problem ||
	    ++*n_found > REPORTS_MAX)
		return;
	events_report_device(events, LOG_EVENT_UNTRUSTED, device->ifname, device->netns_path,
			     "'%s' on %s is not trusted (require-signature=%s) and is kept: %s",
			     entry->name, device->ifname,
			     signature_requirement_name(signing->rules.requirement), trust.problem);
}

void signatures_report(const struct manager *manager, struct events *events)
{
	size_t n_found = 0;

	if (manager->signing.rules.requirement == SIGNATURES_NO)
		return;
	for (size_t i = 0; i < manager->registry.n_devices; i++) {
		const struct device *device = manager->registry.devices[i];
		const struct entry *entry;

		for (size_t j = 0; (entry = chain_nth(&device->chain, j)); j++)
			report_entry(manager, device, entry, events, &n_found);
	}
	if (n_found > REPORTS_MAX)
		events_report_device(events, LOG_EVENT_UNTRUSTED, NULL, NULL,
				     "%zu more components are not trusted and are kept; 'xdpctl "
				     "verify' lists them",
				     n_found - REPORTS_MAX);
}
