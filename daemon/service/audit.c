// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/service/audit.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"
#include "daemon/state/signed-objects.h"

#include <stdio.h>
#include <string.h>

/* Room for example for "uid 0 gid 0 pid 12 (xdpctl)". */
#define CLIENT_TEXT_MAX 128
static const char *client_format(const struct credentials *client,
				 char text[static CLIENT_TEXT_MAX])
{
	snprintf(text, CLIENT_TEXT_MAX, "uid %u gid %u pid %d (%s)", client->uid, client->gid,
		 client->pid, client->command);
	return text;
}

static void add_client(struct log_fields *fields, const struct credentials *client)
{
	log_fields_add(fields, "CLIENT_UID=%u", client->uid);
	log_fields_add(fields, "CLIENT_GID=%u", client->gid);
	log_fields_add(fields, "CLIENT_PID=%d", client->pid);
	log_fields_add(fields, "CLIENT_COMM=%s", client->command);
}

/* NULL: xdpd does not manage it, or no longer does. */
static const struct device *find_device(const struct registry *registry,
					const struct device_result *result)
{
	return registry_find_number(registry, result->number);
}

/*
 * The component that the result is about, with its object; NULL: there is none, or it was detached.
 */
static const struct entry *find_entry(const struct registry *registry,
				      const struct change_kind *kind,
				      const struct device_result *result)
{
	const struct device *device = find_device(registry, result);
	cleanup(freep) char *first = NULL;
	const struct entry *entry;

	if (!device || !result->name)
		return NULL;
	/* Relink lists all components that use the library; this takes the first. */
	first = strndup(result->name, strcspn(result->name, ","));
	entry = kind->names_policy ? device->chain.policy : chain_find(&device->chain, first ?: "");
	return entry && *entry->spec.sha256 ? entry : NULL;
}

static void write_name(FILE *text, const char *ifname, const char *netns)
{
	fprintf(text, "%s%s%s", ifname, netns ? " in " : "", netns ?: "");
}

static void write_device(FILE *text, struct log_fields *fields, const struct device_result *device,
			 const struct registry *registry)
{
	const struct device *found = find_device(registry, device);

	/* The client may have used an alternative name; readers of the log look for the name of the device. */
	const char *ifname = found ? found->ifname : device->ifname;

	log_fields_add(fields, "DEVICE=%s", ifname);
	log_fields_add(fields, "GENERATION=%llu", (unsigned long long)device->generation);
	fputs(", ", text);
	write_name(text, ifname, device->netns);
	if (device->mode == MODE_UNSET && (!found || device_is_released(found)))
		fputs(" released", text);
	else
		fprintf(text, " generation %llu", (unsigned long long)device->generation);
}

/* Writes who may open the maps of the component, if the change could set it. */
static void write_map_permissions(FILE *text, const struct change_kind *kind,
				  const struct device_result *result,
				  const struct registry *registry)
{
	const struct device *device = kind->permits_maps ? find_device(registry, result) : NULL;
	const struct entry *entry = device ? chain_find(&device->chain, result->name) : NULL;
	cleanup(freep) char *owner = NULL;
	cleanup(freep) char *mode = NULL;

	if (!entry || !map_permissions_are_said(&entry->map_permissions))
		return;
	owner = map_permissions_describe_owner(&entry->map_permissions);
	mode = map_permissions_format_mode(&entry->map_permissions);
	fprintf(text, ", map owner %s, map mode %s", owner ?: "root", mode ?: "600");
}

/* Writes who signed the objects of the component, or why none of the signatures is trusted. */
static void write_trust(FILE *text, struct log_fields *fields, const struct entry *entry,
			const struct signing *signing)
{
	cleanup(component_trust_done) struct component_trust trust = {};

	if (!entry || signing_judge(signing, &entry->spec, &trust, NULL) < 0)
		return;
	if (trust.signers) {
		log_fields_add(fields, "SIGNER=%s", trust.signers);
		fprintf(text, ", signed by %s", trust.signers);
	} else if (signing->rules.requirement != SIGNATURES_NO) {
		log_fields_add(fields, "UNTRUSTED=%s", trust.problem);
		fprintf(text, ", not trusted (%s)", trust.problem);
	}
}

static void write_component(FILE *text, struct log_fields *fields, const struct change_kind *kind,
			    const struct device_result *device, const struct registry *registry,
			    const struct signing *signing)
{
	const struct entry *entry = find_entry(registry, kind, device);

	if (!device->name) {
		fputs(": all components", text);
		return;
	}
	log_fields_add(fields, "COMPONENT=%s", device->name);
	fprintf(text, ": %s '%s'", kind->names_policy ? "policy" : "component", device->name);
	if (entry) {
		log_fields_add(fields, "OBJECT=sha256:%s", entry->spec.sha256);
		fprintf(text, ", object sha256:%s", entry->spec.sha256);
		write_trust(text, fields, entry, signing);
	}
	write_map_permissions(text, kind, device, registry);
}

static void write_difference(FILE *text, const struct field_diff *difference)
{
	if (difference->after)
		fprintf(text, ", %s %s", difference->field, difference->after);
	else
		fprintf(text, ", %s removed", difference->field);
}

/* Writes the settings of the device that change. */
static void write_differences(FILE *text, const struct diff *diff)
{
	for (size_t i = 0; i < diff->n_items; i++)
		write_difference(text, &diff->items[i]);
}

/* Writes only the settings of a component that let other users open its maps. */
static void write_given(FILE *text, const struct diff *diff)
{
	for (size_t i = 0; i < diff->n_items; i++)
		if (!strncmp(diff->items[i].field, "map_", strlen("map_")))
			write_difference(text, &diff->items[i]);
}

/* The component that gets a new object in this step; NULL: none does. */
static const struct entry *find_new(const struct device *device, const struct step *step)
{
	const struct entry *entry = device ? chain_find(&device->chain, step->name) : NULL;

	return entry && step->is_loaded && *entry->spec.sha256 ? entry : NULL;
}

static void write_step(FILE *text, struct log_fields *fields, const struct device *device,
		       const struct step *step, const struct signing *signing)
{
	const struct entry *entry = find_new(device, step);

	log_fields_add(fields, "COMPONENT=%s", step->name);
	fprintf(text, ", %s '%s'", action_name(step->action), step->name);
	if (entry) {
		log_fields_add(fields, "OBJECT=sha256:%s", entry->spec.sha256);
		fprintf(text, " of object sha256:%s", entry->spec.sha256);
		write_trust(text, fields, entry, signing);
	}
	write_given(text, &step->diff);
}

/* Writes the plans of devices that changed; false: no device changed. */
static bool write_plans(FILE *text, struct log_fields *fields, const struct change_result *result,
			const struct registry *registry, const struct signing *signing)
{
	bool changes = false;

	for (size_t i = 0; i < result->n_plans; i++) {
		const struct device *device = find_device(registry, &result->devices[i]);
		const struct plan *plan = &result->plans[i];

		if (!plan->changes)
			continue;
		changes = true;
		write_device(text, fields, &result->devices[i], registry);
		write_differences(text, &plan->diff);
		for (size_t j = 0; j < plan->n_steps; j++)
			if (plan->steps[j].action != ACTION_KEEP)
				write_step(text, fields, device, &plan->steps[j], signing);
	}
	return changes;
}

/* False: there is nothing to log. */
static bool write_changes(FILE *text, struct log_fields *fields, const struct change_result *result,
			  const struct registry *registry, const struct signing *signing)
{
	/* A field has no place for which of several devices it is about. */
	if (result->n_devices == 1 && result->devices[0].netns)
		log_fields_add(fields, "NETNS=%s", result->devices[0].netns);
	if (result->n_plans > 0)
		return write_plans(text, fields, result, registry, signing);
	write_component(text, fields, result->kind, &result->devices[0], registry, signing);
	for (size_t i = 0; i < result->n_devices; i++)
		write_device(text, fields, &result->devices[i], registry);
	return true;
}

static void write_options(FILE *text, const struct change *change)
{
	if (change->kind->describe)
		change->kind->describe(change->options, text);
	if (change->confirm)
		fprintf(text, ", rolled back unless confirmed within %llu s",
			(unsigned long long)change->confirm);
}

static void write_devices(FILE *text, const struct change *change)
{
	for (size_t i = 0; i < change->n_devices; i++) {
		fputs(i > 0 ? ", " : "", text);
		write_name(text, change->devices[i].ifname, change->devices[i].netns);
	}
}

static char *write_text(const struct change *change,
			void (*write)(FILE *text, const struct change *change))
{
	cleanup(freep) char *written = NULL;
	size_t size;
	FILE *text = open_memstream(&written, &size);

	if (!text)
		return NULL;
	write(text, change);
	return fclose(text) == 0 ? steal(written) : NULL;
}

void audit_request_init(struct audit_request *request, const struct change *change)
{
	const char *netns = change->n_devices == 1 ? change->devices[0].netns : NULL;

	for (size_t i = 0; i < change->n_devices; i++)
		strings_add(&request->ifnames, change->devices[i].ifname,
			    strlen(change->devices[i].ifname));
	request->netns = netns ? strdup(netns) : NULL;
	request->devices = write_text(change, write_devices);
	request->options = write_text(change, write_options);
}

void audit_request_done(struct audit_request *request)
{
	free(request->devices);
	free(request->netns);
	strings_done(&request->ifnames);
	free(request->options);
}

void audit_changed(struct events *events, const struct credentials *client,
		   const struct method *method, const struct audit_request *request,
		   const struct change_result *result, const struct registry *registry,
		   const struct signing *signing)
{
	cleanup(log_fields_done) struct log_fields fields = {};
	cleanup(freep) char *sentence = NULL;
	char who[CLIENT_TEXT_MAX];
	bool changes;
	size_t size;
	FILE *text;

	if (result->n_devices == 0)
		return;
	text = open_memstream(&sentence, &size);
	if (!text)
		return;
	add_client(&fields, client);
	log_fields_add(&fields, "METHOD=%s", method->name);
	fprintf(text, "%s by %s", method->name, client_format(client, who));
	changes = write_changes(text, &fields, result, registry, signing);
	fputs(request->options ?: "", text);
	if (fclose(text) == 0 && changes)
		events_report(events, LOG_EVENT_CHANGED, &fields, "%s", sentence);
}

void audit_failed(struct events *events, const struct credentials *client,
		  const struct method *method, const struct audit_request *request,
		  const struct error *error)
{
	cleanup(log_fields_done) struct log_fields fields = {};
	const char *devices = request ? request->devices : NULL;
	const char *options = request ? request->options : NULL;
	bool has_devices = devices && *devices;
	char who[CLIENT_TEXT_MAX];

	add_client(&fields, client);
	log_fields_add(&fields, "METHOD=%s", method->name);
	log_fields_add(&fields, "ERROR=%s", error_name(error->id));
	for (size_t i = 0; request && i < request->ifnames.n_items; i++)
		log_fields_add(&fields, "DEVICE=%s", request->ifnames.items[i]);
	if (request && request->netns)
		log_fields_add(&fields, "NETNS=%s", request->netns);
	events_report(events, LOG_EVENT_NOT_CHANGED, &fields, "refused %s by %s%s%s%s: %s",
		      method->name, client_format(client, who), has_devices ? " for " : "",
		      has_devices ? devices : "", options ?: "", error->message ?: "out of memory");
}

void audit_refused(struct events *events, const struct credentials *client,
		   const struct method *method)
{
	cleanup(log_fields_done) struct log_fields fields = {};
	char who[CLIENT_TEXT_MAX];

	add_client(&fields, client);
	log_fields_add(&fields, "METHOD=%s", method->name);
	events_report(events, LOG_EVENT_REFUSED, &fields, "refused %s by %s", method->name,
		      client_format(client, who));
}

void audit_limited(struct events *events, const struct credentials *client, const char *sentence)
{
	cleanup(log_fields_done) struct log_fields fields = {};
	char who[CLIENT_TEXT_MAX];

	add_client(&fields, client);
	events_report(events, LOG_EVENT_LIMITED, &fields, "limit exceeded by %s: %s",
		      client_format(client, who), sentence);
}

static void report_trace(struct events *events, enum log_event kind,
			 const struct credentials *client, const char *ifname, const char *netns,
			 const char *what)
{
	cleanup(log_fields_done) struct log_fields fields = {};
	char who[CLIENT_TEXT_MAX];

	add_client(&fields, client);
	log_fields_add(&fields, "DEVICE=%s", ifname);
	if (netns)
		log_fields_add(&fields, "NETNS=%s", netns);
	events_report(events, kind, &fields, "Trace by %s: %s%s%s%s", client_format(client, who),
		      ifname, netns ? " in " : "", netns ?: "", what);
}

void audit_traced(struct events *events, const struct credentials *client, const char *ifname,
		  const char *netns, const char *packets)
{
	report_trace(events, LOG_EVENT_TRACED, client, ifname, netns, packets);
}

void audit_trace_ended(struct events *events, const struct credentials *client, const char *ifname,
		       const char *netns)
{
	report_trace(events, LOG_EVENT_TRACE_ENDED, client, ifname, netns, ", ended");
}
