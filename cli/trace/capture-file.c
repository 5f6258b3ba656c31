// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/trace/capture-file.h"

#include "base/cleanup.h"
#include "cli/or-abort.h"

#include <stdlib.h>
#include <string.h>

struct capture_interface {
	char *name;
	uint64_t n_packets;
};

void capture_file_init(struct capture_file *ret, FILE *file, const char *expression,
		       uint32_t snaplen, const char *comment)
{
	*ret = (struct capture_file){ .expression = expression, .snaplen = snaplen };
	pcapng_init(&ret->pcapng, file, "xdpctl " XDPD_VERSION, comment);
}

void capture_file_remark(struct capture_file *capture, const char *remark)
{
	free(capture->remark);
	capture->remark = or_abort(strdup(remark));
}

/* "eth0:fw@leave", "eth0:fw@proceed", "eth0@arrive", or "eth0@leave" at the end; the caller frees it. */
static char *name_interface(const struct sighting *sighting)
{
	static const char *const places[] = {
		[SIGHTING_ARRIVAL] = "arrive",
		[SIGHTING_COMPONENT] = "proceed",
		[SIGHTING_LEAVE] = "leave",
	};
	char *name;

	if (asprintf(&name, "%s%s%s@%s", sighting->device, sighting->component ? ":" : "",
		     sighting->component ?: "", places[sighting->place]) < 0)
		abort(); /* a short-lived program */
	return name;
}

/* The number of the interface of that name, which is new if there is none. Takes the name. */
static uint32_t find_interface(struct capture_file *capture, char *name)
{
	struct capture_interface *longer;

	for (size_t i = 0; i < capture->n_interfaces; i++)
		if (!strcmp(capture->interfaces[i].name, name)) {
			free(name);
			return i;
		}
	longer = or_abort(
		reallocarray(capture->interfaces, capture->n_interfaces + 1, sizeof(*longer)));
	capture->interfaces = longer;
	longer[capture->n_interfaces++] = (struct capture_interface){ .name = name };
	return pcapng_add_interface(&capture->pcapng, name, NULL, capture->expression,
				    capture->snaplen);
}

static char *comment_on(const struct sighting *sighting)
{
	cleanup(freep) char *what = sighting_describe(sighting);
	char *comment;

	if (asprintf(&comment, "%s%s%s", what, sighting->object ? ", object " : "",
		     sighting->object ?: "") < 0)
		abort();
	return comment;
}

void capture_file_add(struct capture_file *capture, const struct sighting *sighting,
		      uint64_t n_lost)
{
	const struct trace_record *record = sighting->record;
	cleanup(freep) char *comment = comment_on(sighting);
	struct pcapng_packet packet = {
		.interface = find_interface(capture, name_interface(sighting)),
		.time = sighting->time,
		.bytes = sighting->bytes,
		.captured = record->captured,
		.length = record->length,
		.number = record->packet,
		.dropped = n_lost - capture->n_lost_before,
		.queue = record->queue,
		.verdict = record->verdict == TRACE_NO_VERDICT ? -1 : record->verdict,
		.comment = comment,
		.remark = capture->remark,
	};

	capture->interfaces[packet.interface].n_packets++;
	capture->n_lost_before = n_lost;
	pcapng_add_packet(&capture->pcapng, &packet);
	free(steal(capture->remark));
}

/* A lost record has no place, so the first interface has the number of all of them. */
void capture_file_end(struct capture_file *capture, const char *device, uint64_t time,
		      uint64_t n_lost)
{
	const struct sighting nothing = { .device = device, .place = SIGHTING_LEAVE };

	if (capture->n_interfaces == 0)
		find_interface(capture, name_interface(&nothing));
	for (size_t i = 0; i < capture->n_interfaces; i++) {
		pcapng_add_statistics(&capture->pcapng, i, time, capture->interfaces[i].n_packets,
				      i == 0 ? n_lost : 0,
				      i == 0 && n_lost > 0
					      ? "lost records of all interfaces are counted here"
					      : NULL);
		free(capture->interfaces[i].name);
	}
	free(capture->interfaces);
	free(capture->remark);
	pcapng_done(&capture->pcapng);
}
