// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/recovery/verify.h"

#include "base/cleanup.h"
#include "base/format.h"
#include "daemon/control/pins/map-pins.h"
#include "daemon/control/pins/orphans.h"
#include "daemon/control/pins/stale-pins.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/control/transaction/redirects.h"
#include "daemon/control/transaction/save.h"
#include "daemon/control/transaction/signing.h"
#include "daemon/control/transaction/transaction.h"
#include "daemon/kernel/info/link-info.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"
#include "daemon/state/rollback.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

struct verification {
	struct job job;
	struct manager *manager;
	struct signing_rules rules; /* the rules in force when the job began */
	bool repair;
	struct findings findings;
	struct error error;
	const struct device *device; /* the device that is checked; NULL: none */
	const char *what;	     /* the object whose pins are checked */
};

static int name_device(struct verification *verification, struct finding *finding)
{
	const struct device *device = verification->device;

	if (!device)
		return 0;
	finding->ifname = strdup(device->ifname);
	finding->netns = device->netns_path ? strdup(device->netns_path) : NULL;
	return finding->ifname && (finding->netns || !device->netns_path)
		       ? 0
		       : error_memory(&verification->error);
}

/* Reports a difference; `repaired` says whether it was repaired. */
__attribute__((format(printf, 3, 4))) static int found(struct verification *verification,
						       bool repaired, const char *format, ...)
{
	struct findings *findings = &verification->findings;
	struct finding *longer = reallocarray(findings->items, findings->n_items + 1,
					      sizeof(*longer));
	struct finding *finding;
	va_list arguments;

	if (!longer)
		return error_memory(&verification->error);
	findings->items = longer;
	finding = &longer[findings->n_items];
	*finding = (struct finding){ .repaired = repaired };
	va_start(arguments, format);
	finding->sentence = format_text(format, arguments);
	va_end(arguments);
	if (!finding->sentence)
		return error_memory(&verification->error);
	findings->n_items++;
	return name_device(verification, finding);
}

static int check_pin(struct pins *pins, const char *name, int fd, void *userdata)
{
	struct verification *verification = userdata;

	if (pins_hold(pins, name, fd) > 0)
		return 0;
	return found(verification, verification->repair && pins_repair(pins, name, fd, NULL) == 0,
		     "%s: pin '%s' is missing, or holds something else", verification->what, name);
}

/*
 * Checks the index and the program of the device, according to the link and to the device itself.
 */
static int check_link(struct verification *verification)
{
	const struct device *device = verification->device;
	const struct generation *running = device_running(device);
	uint32_t program_id, wanted = running->rootlet->id;
	unsigned int ifindex;
	int result;

	result = attachment_look(device->attachment, &ifindex, &program_id, &verification->error);
	if (result < 0)
		return result;
	if (device->attachment->fd < 0 && !ifindex)
		return found(verification, false,
			     "it runs another XDP program, or none; xdpd restores the chain within "
			     "seconds if the device is free and this has not happened too often");
	if (!ifindex)
		return found(verification, false,
			     "its XDP link %u is no longer attached; xdpd attaches the chain again "
			     "within seconds, unless this has happened too often",
			     device->attachment->id);
	if (ifindex != device->ifindex)
		return found(verification, false, "its XDP link %u is on device %u instead of %u",
			     device->attachment->id, ifindex, device->ifindex);
	if (program_id == wanted)
		return 0;
	return found(verification,
		     verification->repair &&
			     attachment_update(device->attachment, running->rootlet->fd, -1,
					       device->ifname, NULL) == 0,
		     "it runs program %u instead of the rootlet %u", program_id, wanted);
}

/* Checks what each extension is linked into; Linux 5.10 does not report it. */
static int check_slots(struct verification *verification)
{
	const struct generation *live = verification->device->live;
	int result = 0;

	for (size_t slot = 0; result == 0 && slot < generation_links(live); slot++) {
		const struct slot_link *link = generation_link(live, slot);
		const struct component *component = (const struct component *)link->node.needs[1];
		struct link_info info;

		if (link_info_read(link->fd, &info) < 0)
			result = found(verification, false, "cannot query the link of slot %zu",
				       slot);
		else if (info.program_id != component->id ||
			 (info.target_program_id && info.target_program_id != live->rootlet->id))
			result = found(
				verification, false,
				"slot %zu links program %u into program %u instead of %u into %u",
				slot, info.program_id, info.target_program_id, component->id,
				live->rootlet->id);
	}
	return result;
}

static int check_redirects(struct verification *verification)
{
	const struct device *device = verification->device;
	cleanup(freep) char *lost = redirects_describe_lost(&device->chain, device->netns,
							    device->ifindex, device->attachment);

	return lost ? found(verification, false, "%s", lost) : 0;
}

static int check_attached(struct verification *verification)
{
	const struct device *device = verification->device;
	const struct generation *before = rollback_generation(device->rollback);
	int result = check_link(verification);

	if (result == 0)
		result = check_slots(verification);
	verification->what = "attachment";
	if (result == 0)
		result = attachment_each_pin(device->attachment, check_pin, verification);
	verification->what = "generation";
	if (result == 0)
		result = generation_each_pin(device->live, check_pin, verification);
	verification->what = "generation to roll back to";
	if (result == 0 && before)
		result = generation_each_pin(before, check_pin, verification);
	verification->what = "listing for libxdp's tools";
	if (result == 0)
		result = generation_each_listed_pin(device->live, check_pin, verification,
						    &verification->error);
	if (result == 0 && device->unlisted)
		result = found(verification, false, "%s", device->unlisted);
	return result ?: check_redirects(verification);
}

/* Components that are not trusted keep running, so they must be reported. */
static int check_trust(struct verification *verification, const struct entry *entry)
{
	cleanup(freep) char *problem = signing_find_problem(verification->manager,
							    &verification->rules, &entry->spec);

	if (!problem)
		return 0;
	return found(
		verification, false,
		"'%s' is not trusted (require-signature=%s): %s; detach it, or replace it with a "
		"signed object",
		entry->name, signature_requirement_name(verification->rules.requirement), problem);
}

/* Checks the component's program and maps, and the objects from which it could be loaded again. */
static int check_entry(struct verification *verification, const struct entry *entry)
{
	struct manager *manager = verification->manager;
	cleanup(bundle_done) struct bundle bundle = {};
	cleanup(error_done) struct error error = {};
	int result = 0;

	verification->what = entry->name;
	if (entry->component)
		result = component_each_pin(entry->component, check_pin, verification);
	else if (entry->failure || verification->device->ifindex) /* else it waits for its device */
		result = found(verification, false, "'%s' is not loaded%s%s", entry->name,
			       entry->failure ? ": " : "", entry->failure ?: "");
	if (result == 0 && *entry->spec.sha256 &&
	    bundle_fetch(manager->store, &entry->spec, &bundle, &error) < 0)
		result = found(verification, false, "%s", error.message ?: "out of memory");
	return result ?: check_trust(verification, entry);
}

static int check_chain(struct verification *verification, const struct chain *chain)
{
	int result = 0;

	for (size_t i = 0; result == 0 && chain_nth(chain, i); i++)
		result = check_entry(verification, chain_nth(chain, i));
	return result;
}

static int check_map_pins(struct verification *verification)
{
	const struct manager *manager = verification->manager;
	const struct device *device = verification->device;
	cleanup(freep) char *missing = NULL;

	if (!map_pins_belong_to(&manager->registry, device))
		return 0;
	missing = map_pins_find_missing(&manager->directories, device);
	if (!missing)
		return 0;
	return found(verification,
		     verification->repair &&
			     map_pins_update(&manager->directories, device->netns_path,
					     device->ifname, &device->chain, NULL, NULL) == 0,
		     "a map is not pinned at '%s', or its pin has the wrong owner or mode",
		     missing);
}

/* xdpd gets announcements of renames; after a repair the monitor checks all names. */
static int check_name(struct verification *verification)
{
	const struct device *device = verification->device;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	char ifname[IF_NAMESIZE];

	if (!device->ifindex || !device->netns || netns_enter(device->netns, &visit, NULL) < 0 ||
	    !if_indextoname(device->ifindex, ifname) || !strcmp(ifname, device->ifname))
		return 0;
	return found(verification, verification->repair,
		     "the kernel calls the device '%s', but its record says '%s'", ifname,
		     device->ifname);
}

static int check_device(struct verification *verification, struct device *device)
{
	struct manager *manager = verification->manager;
	int result;

	verification->device = device;
	result = check_name(verification);
	if (result < 0)
		return result;
	if (device->live && device->attachment)
		result = check_attached(verification);
	else if (device->ifindex && !device_is_released(device))
		result = found(verification, false, "its chain is not running%s%s",
			       device->failure ? ": " : "", device->failure ?: "");
	result = result ?: check_chain(verification, &device->chain);
	if (result == 0 && device->rollback)
		result = check_chain(verification, &device->rollback->chain);
	if (result == 0)
		result = check_map_pins(verification);
	if (result == 0 && !save_is_current(manager, device))
		result = found(verification,
			       verification->repair && save_devices(manager, 1, &device, NULL) == 0,
			       "its record on disk is missing or wrong");
	if (result == 0 && device->live && !saving_copy_is_current(manager, device))
		result = found(verification,
			       verification->repair && saving_copy(manager, device, NULL) == 0,
			       "the copy of its record beside what it runs is missing or wrong");
	return result;
}

static void check_stale(const char *place, const char *name, void *userdata)
{
	struct verification *verification = userdata;

	found(verification, verification->repair, "nothing needs the pins in '%s/%s'", place, name);
}

/* Devices that run a chain without a record are left alone, even by a repair. */
static int check_orphans(struct verification *verification)
{
	const struct manager *manager = verification->manager;
	int result = 0;

	for (size_t i = 0; result == 0 && i < manager->orphans.n_items; i++) {
		const struct orphan *item = &manager->orphans.items[i];

		if (orphan_runs(&manager->directories, item))
			result = found(verification, false, "%s", item->sentence);
	}
	return result;
}

/* Directories are checked before the pins in them. */
static int check_directories(struct verification *verification)
{
	struct manager *manager = verification->manager;
	cleanup(error_done) struct error why = {};
	bool repaired = false;
	int result = 0;

	if (!places_are_there(&manager->directories)) {
		if (verification->repair)
			repaired = places_repair(&manager->directories, &why) == 0;
		result = found(verification, repaired,
			       "the pin directory '%s', or a directory in it, was removed%s%s",
			       manager->directories.directory, why.message ? ": " : "",
			       why.message ?: "");
	}
	if (result == 0 && !state_is_there(manager->state))
		result =
			found(verification, false,
			      "the state directory, or a directory in it, was removed or replaced, "
			      "so no change can be saved; a restart of xdpd writes all records "
			      "again, and 'xdpctl apply' supplies objects that are lost");
	return result;
}

static void verify(struct job *job)
{
	struct verification *verification = (struct verification *)job;
	struct manager *manager = verification->manager;
	const struct registry *registry = &manager->registry;
	int result = check_directories(verification);

	for (size_t i = 0; result == 0 && i < registry->n_devices; i++)
		result = check_device(verification, registry->devices[i]);
	verification->device = NULL;
	if (result == 0)
		result = check_orphans(verification);
	if (result == 0)
		stale_pins_find(registry, &manager->orphans, &manager->directories, check_stale,
				verification);
	if (result == 0 && verification->repair)
		stale_pins_remove(registry, &manager->orphans, &manager->directories);
}

static void begin(struct job *job)
{
	struct verification *verification = (struct verification *)job;

	verification->rules = signing_rules_copy(&verification->manager->signing.rules);
}

static bool verified(struct job *job)
{
	struct verification *verification = (struct verification *)job;

	commit_attachments(&verification->manager->registry);
	job->succeeded = verification->error.id == ERROR_NONE;
	return job->answers_now = job->succeeded;
}

static const struct job_step steps[] = { { verify, verified } };

static char *describe(const struct job *job)
{
	(void)job;
	return strdup("Verify");
}

static const void *get_result(const struct job *job)
{
	return &((const struct verification *)job)->findings;
}

static void drop(struct job *job)
{
	struct verification *verification = (struct verification *)job;
	struct findings *findings = &verification->findings;

	for (size_t i = 0; i < findings->n_items; i++) {
		free(findings->items[i].ifname);
		free(findings->items[i].netns);
		free(findings->items[i].sentence);
	}
	free(findings->items);
	signing_rules_done(&verification->rules);
	error_done(&verification->error);
	free(verification);
}

static const struct job_type verify_job = {
	.describe = describe,
	.begin = begin,
	.n_steps = array_size(steps),
	.steps = steps,
	.result = get_result,
	.drop = drop,
};

int verify_new(struct manager *manager, bool repair, struct job **ret, struct error *error)
{
	struct verification *verification = calloc(1, sizeof(*verification));

	if (!verification)
		return error_memory(error);
	verification->job.type = &verify_job;
	verification->job.error = &verification->error;
	verification->manager = manager;
	verification->repair = repair;
	*ret = &verification->job;
	return 0;
}
