// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/encode-test.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/control/packets/packet-result.h"

static json_t *encode_bytes(const unsigned char *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	cleanup(freep) char *text = malloc(2 * size + 1);

	for (size_t i = 0; text && i < size; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	return text ? json_stringn_nocheck(text, 2 * size) : NULL;
}

static json_t *encode_changes(const struct packet_diff *changes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < changes->n_items; i++) {
		const struct byte_change *change = &changes->items[i];

		json_array_append_new(
			list, json_pack("{s:I, s:o, s:o}", "offset", (json_int_t)change->offset,
					"before", encode_bytes(change->before, change->n_before),
					"after", encode_bytes(change->after, change->n_after)));
	}
	return list;
}

static void add_outcome(json_t *object, const struct packet_test *packet_test,
			const struct packet_result *packet)
{
	json_object_set_new(object, "verdict", json_string(verdict_name(packet->verdict)));
	if (packet->component < packet_test->components.n_items)
		json_object_set_new(object, "component",
				    text_encode(packet_test->components.items[packet->component]));
	if (packet->overruled)
		json_object_set_new(object, "overruled", json_true());
	if (packet->size_after != packet->size)
		json_object_set_new(object, "length_after", json_integer(packet->size_after));
	if (packet->changes.n_items)
		json_object_set_new(object, "changes", encode_changes(&packet->changes));
}

static json_t *encode_packet(const struct packet_test *packet_test,
			     const struct packet_result *packet)
{
	json_t *object = json_pack("{s:I}", "length", (json_int_t)packet->size);

	if (packet->original > packet->size)
		json_object_set_new(object, "cut_from", json_integer(packet->original));
	if (packet->failure)
		json_object_set_new(object, "failure", text_encode(packet->failure));
	else
		add_outcome(object, packet_test, packet);
	return object;
}

static json_t *encode_packet_test(const struct packet_test *packet_test)
{
	json_t *packets = json_array();

	for (size_t i = 0; i < packet_test->n_packets; i++)
		json_array_append_new(packets,
				      encode_packet(packet_test, &packet_test->packets[i]));
	return json_pack("{s:o, s:o*, s:I, s:b, s:b, s:o, s:o}", "ifname",
			 text_encode(packet_test->ifname), "netns",
			 packet_test->netns ? text_encode(packet_test->netns) : NULL, "generation",
			 (json_int_t)packet_test->generation, "planned", packet_test->is_planned,
			 "policy", packet_test->has_policy, "packets", packets, "notes",
			 strings_encode(&packet_test->notes) ?: json_array());
}

json_t *packet_tests_encode(const void *result)
{
	const struct packet_tests *packet_tests = result;
	json_t *list = json_array();

	for (size_t i = 0; i < packet_tests->n_items; i++)
		json_array_append_new(list, encode_packet_test(&packet_tests->items[i]));
	return json_pack("{s:o}", "trials", list);
}
