// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/edit/adopt.h"

#include "base/cleanup.h"
#include "daemon/chain/component-name.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/control/transaction/signing.h"
#include "daemon/control/transaction/target.h"
#include "daemon/kernel/foreign.h"
#include "daemon/kernel/tail-call.h"
#include "daemon/linkers/codegen/join.h"
#include "daemon/state/device.h"

#include <bpf/bpf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LABEL_DISPATCHER "libxdp's dispatcher"
#define LABEL_PLAIN	 "another loader"

static int refuse(const struct target *target, const struct foreign *foreign, const char *why,
		  struct error *error)
{
	cleanup(freep) char *owner = foreign_describe(foreign);

	return error_set(error, ERROR_DEVICE_BUSY, -EBUSY,
			 "%s runs %s, which cannot be adopted: %s", target->ifname,
			 owner ?: "another XDP program", why);
}

static int check(const struct transaction *transaction, const struct target *target,
		 struct foreign *foreign, struct error *error)
{
	const char *why;

	if (!target->is_new)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EEXIST,
				 "xdpd already manages %s; there is nothing to adopt",
				 target->ifname);
	if (target_orphan(transaction, target))
		return target_check_orphan(transaction, target, error);
	if (!foreign_find(target->ifindex, foreign))
		return error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT,
				 "%s runs no XDP program; there is nothing to adopt",
				 target->ifname);
	why = foreign_why_not_adopted(foreign);
	if (why)
		return refuse(target, foreign, why, error);
	return 0;
}

/* A component that has been made of that program for another device, held; NULL: there is none. */
static struct component *find_known(const struct transaction *transaction, uint32_t id)
{
	struct component *known = registry_find_loaded(&transaction->manager->registry, id);

	for (size_t i = 0; !known && i < transaction->n_targets; i++) {
		const struct chain *wanted = &transaction->targets[i].wanted;

		for (size_t j = 0; !known && j < wanted->n_entries; j++)
			if (wanted->entries[j].component && wanted->entries[j].component->id == id)
				known = wanted->entries[j].component;
	}
	return known ? (struct component *)node_hold(&known->node) : NULL;
}

/* The name of the function, with a number after it if the chain has that name already. */
static void choose_name(const struct chain *chain, const char *function,
			char ret[static PROGRAM_NAME_MAX + 16])
{
	if (component_name_check(function, NULL) < 0)
		function = COMPONENT_NAME_DEFAULT;
	snprintf(ret, PROGRAM_NAME_MAX + 16, "%s", function);
	for (unsigned int i = 2; chain_find(chain, ret); i++)
		snprintf(ret, PROGRAM_NAME_MAX + 16, "%s-%u", function, i);
}

/* Puts the program at the end of the chain. */
static int append(struct transaction *transaction, struct target *target,
		  const struct foreign_program *program, const struct prog_info *info,
		  unsigned int priority, verdict_set proceed)
{
	const struct manager *manager = transaction->manager;
	struct error *error = &transaction->error;
	cleanup(component_release) struct component *component = find_known(transaction, info->id);
	struct position position = { .settings = { .priority = priority, .proceed = proceed } };
	char name[PROGRAM_NAME_MAX + 16];
	struct entry *entry;
	int result = 0;

	choose_name(&target->wanted, info->name, name);
	position.name = name;
	if (!component)
		result = component_take(program, &manager->directories, &component, error);
	if (result == 0)
		result = chain_insert(&target->wanted, &position,
				      manager->linker->type->components_max, target->ifname, &entry,
				      error);
	return result < 0 ? result : entry_set_component(entry, component, error);
}

/* In the order in which the dispatcher runs them, which is that of their priorities. */
static int append_programs(struct transaction *transaction, struct target *target,
			   const struct libxdp_config *record)
{
	unsigned int priority = 0;
	int result = 0;

	for (size_t i = 0; result == 0 && i < target->dispatcher->n; i++) {
		const struct foreign_program program = {
			.fd = target->dispatcher->programs[i].fd,
			.label = LABEL_DISPATCHER,
			.frags = record->programs[i].flags & BPF_F_XDP_HAS_FRAGS,
			.tail_fd = -1,
		};

		if (record->programs[i].priority > priority)
			priority = record->programs[i].priority;
		if (priority > PRIORITY_MAX)
			priority = PRIORITY_MAX;
		result = append(transaction, target, &program,
				&target->dispatcher->programs[i].info, priority,
				record->programs[i].proceed);
	}
	return result;
}

/* An extension can only be linked to a program with the attach type for which it was loaded. */
static int adopt_dispatcher(struct transaction *transaction, struct target *target,
			    const struct foreign *foreign)
{
	struct error *error = &transaction->error;
	struct libxdp_programs *programs = calloc(1, sizeof(*programs));
	int result;

	if (!programs)
		return error_memory(error);
	result = libxdp_programs_open(&foreign->config, target->ifindex, foreign->program_id,
				      programs, error);
	if (result < 0) {
		free(programs);
		return result;
	}
	target->dispatcher = programs;
	target->device->attach_type = BPF_XDP;
	return libxdp_programs_lock(programs, error)
		       ?: append_programs(transaction, target, &foreign->config);
}

static int adopt_plain(struct transaction *transaction, struct target *target, int program_fd)
{
	struct error *error = &transaction->error;
	struct prog_info info;
	struct tail_call call;
	struct foreign_program program = { .fd = program_fd, .label = LABEL_PLAIN };
	int result = prog_info_read(program_fd, &info);

	if (result < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, result,
				 "cannot query the XDP program of %s: %s", target->ifname,
				 errno_name(result));
	result = tail_call_new(program_fd, info.name, &call, error);
	if (result < 0)
		return result;
	target->device->attach_type = call.attach_type;
	program.frags = call.frags;
	program.tail_fd = call.array_fd;
	result = append(transaction, target, &program, &info, PRIORITY_MAX, PROCEED_DEFAULT);
	closep(&call.array_fd);
	return result;
}

static int adopt(struct transaction *transaction, struct target *target)
{
	cleanup(freep) struct foreign *foreign = calloc(1, sizeof(*foreign));
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	struct device *device = target->device;
	struct error *error = &transaction->error;
	cleanup(closep) int program_fd = -1;
	char number[32];
	int result;

	if (!foreign)
		return error_memory(error);
	result = netns_enter(target->netns, &visit, error);
	if (result == 0)
		result = check(transaction, target, foreign, error);
	if (result == 0)
		result = signing_require_of_adopted(transaction, target->ifname, error);
	if (result < 0)
		return result;
	program_fd = bpf_prog_get_fd_by_id(foreign->program_id);
	if (program_fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot open the XDP program of %s: %s", target->ifname,
				 errno_name(errno));
	result = foreign->is_dispatcher ? adopt_dispatcher(transaction, target, foreign)
					: adopt_plain(transaction, target, program_fd);
	if (result < 0)
		return result;
	target->config.mode = foreign->mode == FOREIGN_SKB ? MODE_SKB : MODE_NATIVE;
	snprintf(number, sizeof(number), "%" PRIu64, device->number);
	return attachment_take(program_fd, device->netns_path, target->ifindex, target->config.mode,
			       transaction->manager->directories.devices, number,
			       &target->attachment, error);
}

int adopt_edit(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = adopt(transaction, &transaction->targets[i]);
	return result;
}

char *adopt_note(const struct target *target)
{
	for (size_t i = 0; i < target->wanted.n_entries; i++) {
		const struct entry *entry = &target->wanted.entries[i];
		char *note;

		if (entry->component->tail_fd >= 0)
			return asprintf(&note, "'%s' is run by a tail call: %s", entry->name,
					join_result_tail_called.why) < 0
				       ? NULL
				       : note;
	}
	return NULL;
}
