// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/trace/sighting.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/verdict.h"
#include "cli/print-time.h"
#include "cli/show.h"
#include "cli/trace/packet-text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void traced_chain_done(struct traced_chain *chain)
{
	json_decref(chain->components);
}

static void forget_oldest(struct traced_chains *chains)
{
	traced_chain_done(&chains->items[0]);
	chains->n_items--;
	memmove(chains->items, chains->items + 1, chains->n_items * sizeof(*chains->items));
}

/* Several replies describe a generation if there are many buffers. */
static bool is_latest(const struct traced_chains *chains, uint64_t generation)
{
	return chains->n_items > 0 && chains->items[chains->n_items - 1].generation == generation;
}

void traced_chains_add(struct traced_chains *chains, const json_t *reply)
{
	free(chains->device);
	chains->device = strdup(reply_text(reply, "device"));
	if (!chains->device)
		abort(); /* a short-lived program */
	if (is_latest(chains, reply_number(reply, "generation")))
		traced_chain_done(&chains->items[--chains->n_items]);
	if (chains->n_items == TRACED_CHAINS_KEPT)
		forget_oldest(chains);
	chains->items[chains->n_items++] = (struct traced_chain){
		.generation = reply_number(reply, "generation"),
		.components = json_incref(json_object_get(reply, "components")),
	};
}

void traced_chains_done(struct traced_chains *chains)
{
	free(chains->device);
	for (size_t i = 0; i < chains->n_items; i++)
		traced_chain_done(&chains->items[i]);
	*chains = (struct traced_chains){};
}

/* NULL: no reply described that generation. */
static const json_t *find_components(const struct traced_chains *chains, uint64_t generation)
{
	for (size_t i = chains->n_items; i-- > 0;)
		if (chains->items[i].generation == generation)
			return chains->items[i].components;
	return NULL;
}

static enum sighting_place place_of(const struct trace_record *record)
{
	if (record->flags & TRACE_LEFT)
		return SIGHTING_LEAVE;
	return record->component == TRACE_ENTRY ? SIGHTING_ARRIVAL : SIGHTING_COMPONENT;
}

void sighting_init(struct sighting *ret, const struct traced_chains *chains,
		   const struct ring_record *from)
{
	const json_t *components = find_components(chains, from->record.generation);
	const json_t *component = json_array_get(components, from->record.component);

	*ret = (struct sighting){
		.record = &from->record,
		.bytes = from->bytes,
		.place = place_of(&from->record),
		.device = chains->device ?: "",
		.is_past_all = components && from->record.component == json_array_size(components),
		.component = json_string_value(json_object_get(component, "name")),
		.object = json_string_value(json_object_get(component, "object")),
	};
}

/* What each verdict means to a packet that leaves the chain. */
static const char *const fates[] = {
	[VERDICT_ABORTED] = "aborted", [VERDICT_DROP] = "dropped",	  [VERDICT_PASS] = "passed",
	[VERDICT_TX] = "sent back",    [VERDICT_REDIRECT] = "redirected",
};
static_assert(array_size(fates) == VERDICT_COUNT, "every verdict has a meaning");

static const char *describe_fate(const struct sighting *sighting)
{
	uint8_t verdict = sighting->record->verdict;

	if (sighting->place == SIGHTING_COMPONENT)
		return verdict < VERDICT_COUNT ? verdict_name(verdict) : "no verdict";
	return verdict < VERDICT_COUNT ? fates[verdict] : "left";
}

char *sighting_describe(const struct sighting *sighting)
{
	uint32_t generation = sighting->record->generation;
	const char *fate = describe_fate(sighting);
	char *text;
	int result;

	if (sighting->place == SIGHTING_ARRIVAL)
		result = asprintf(&text, "arrived, generation %" PRIu32, generation);
	else if (!sighting->is_past_all)
		result = asprintf(&text, "%s %s %s, generation %" PRIu32, fate,
				  sighting->place == SIGHTING_LEAVE ? "by" : "from",
				  sighting->component ?: "a component that is not known",
				  generation);
	else
		result = asprintf(&text, "%s at the end of the chain, generation %" PRIu32, fate,
				  generation);
	if (result < 0)
		abort();
	return text;
}

static void print_change(FILE *file, const struct sighting *sighting)
{
	if (!sighting->changed)
		return;
	if (sighting->changed_end == 0)
		fputs(", changed its length", file);
	else if (sighting->changed_end == sighting->changed_from + 1)
		fprintf(file, ", changed byte %zu", sighting->changed_from);
	else
		fprintf(file, ", changed bytes %zu to %zu", sighting->changed_from,
			sighting->changed_end - 1);
}

void sighting_print(FILE *file, const struct sighting *sighting, bool numbered)
{
	cleanup(freep) char *what = sighting_describe(sighting);

	print_local_time(file, "%H:%M:%S", sighting->time, 6);
	if (numbered)
		fprintf(file, " #%016" PRIx64, sighting->record->packet);
	fprintf(file, " %s", what);
	print_change(file, sighting);
	fprintf(file, ", length %" PRIu32 ": ", sighting->record->length);
	packet_text(file, sighting->bytes, sighting->record->captured, sighting->record->length);
	fputc('\n', file);
}

static json_t *encode_text(const struct sighting *sighting)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		abort();
	packet_text(file, sighting->bytes, sighting->record->captured, sighting->record->length);
	fclose(file);
	return text_take(text);
}

static json_t *encode_bytes(const struct sighting *sighting)
{
	size_t size = sighting->record->captured;
	char *text = malloc(base64_encoded_size(size));

	if (!text)
		abort();
	base64_encode(sighting->bytes, size, text);
	return text_take(text);
}

/* All 64 bits count, which is more than programs that read JSON as floating-point numbers keep. */
static json_t *encode_number(uint64_t number)
{
	char text[17];

	snprintf(text, sizeof(text), "%016" PRIx64, number);
	return json_string(text);
}

static json_t *encode_verdict(uint8_t verdict)
{
	return verdict < VERDICT_COUNT ? json_string(verdict_name(verdict)) : json_null();
}

json_t *sighting_encode(const struct sighting *sighting)
{
	static const char *const places[] = {
		[SIGHTING_ARRIVAL] = "arrive",
		[SIGHTING_COMPONENT] = "proceed",
		[SIGHTING_LEAVE] = "leave",
	};
	const struct trace_record *record = sighting->record;

	return json_pack("{s:I, s:s, s:o, s:s, s:o, s:s?, s:s?, s:I, s:I, s:I, s:b, s:o, s:o}",
			 "time", (json_int_t)(sighting->time / 1000), "device", sighting->device,
			 "packet", encode_number(record->packet), "outcome",
			 places[sighting->place], "verdict", encode_verdict(record->verdict),
			 "component", sighting->component, "object", sighting->object, "generation",
			 (json_int_t)record->generation, "length", (json_int_t)record->length,
			 "queue", (json_int_t)record->queue, "changed", sighting->changed, "text",
			 encode_text(sighting), "bytes", encode_bytes(sighting));
}
