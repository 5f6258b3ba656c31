// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Packets a second, computed from two replies, and how they are shown. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "cli/rates-text.h"
#include "cli/top/latency.h"
#include "cli/top/view.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

/* A component that has got, passed on and dropped that many packets. */
#define COMPONENT(name, run, proceed, drop)                                           \
	"{\"name\":\"" name "\",\"counters\":{\"run\":" #run ",\"proceed\":" #proceed \
	",\"terminate\":{\"aborted\":0,\"drop\":" #drop ",\"pass\":0,\"tx\":0,\"redirect\":0}}}"
#define DEVICE(name, components) "{\"ifname\":\"" name "\",\"components\":[" components "]}"
#define REPLY(devices)		 "{\"devices\":[" devices "]}"

struct sample {
	json_t *before, *after;
	struct rates_list list;
};

static void sample_init(struct sample *ret, const char *before, const char *after, double seconds)
{
	ret->before = json_loads(before, 0, NULL);
	ret->after = json_loads(after, 0, NULL);
	assert_non_null(ret->before);
	assert_non_null(ret->after);
	rates_init(&ret->list, ret->before, ret->after, seconds);
}

static void sample_done(struct sample *sample)
{
	rates_done(&sample->list);
	json_decref(sample->before);
	json_decref(sample->after);
}

static void rates_are_differences_per_second(void **state)
{
	cleanup(sample_done) struct sample sample;
	const struct device_rates *device;

	(void)state;
	sample_init(
		&sample,
		REPLY(DEVICE("eth0", COMPONENT("a", 100, 90, 10) "," COMPONENT("b", 90, 80, 10))),
		REPLY(DEVICE("eth0",
			     COMPONENT("a", 300, 250, 50) "," COMPONENT("b", 250, 220, 30))),
		2);
	device = &sample.list.devices[0];
	assert_true(device->components[0].rates.run == 100);
	assert_true(device->components[0].rates.proceed == 80);
	assert_true(device->components[0].rates.terminate[VERDICT_DROP] == 20);
	assert_true(device->rates.run == 100); /* what the first component gets */
	assert_true(device->rates.terminate[VERDICT_DROP] == 30);
	assert_true(device->rates.terminate[VERDICT_PASS] == 70); /* the end of the chain */
}

static void what_is_new_or_began_again_counts_from_zero(void **state)
{
	cleanup(sample_done) struct sample sample;

	(void)state;
	sample_init(&sample, REPLY(DEVICE("eth0", COMPONENT("a", 1000, 400, 600))),
		    REPLY(DEVICE("eth0", COMPONENT("b", 7, 7, 0) "," COMPONENT("a", 500, 450, 50))),
		    1);
	assert_true(sample.list.devices[0].components[0].rates.run == 7);
	assert_true(sample.list.devices[0].components[1].rates.run == 500);
	assert_true(sample.list.devices[0].components[1].rates.proceed == 450);
}

static void a_component_in_a_policy_slot_is_not_counted(void **state)
{
	cleanup(sample_done) struct sample sample;

	(void)state;
	sample_init(&sample, REPLY(""), REPLY(DEVICE("eth0", "{\"name\":\"slot\"}")), 1);
	assert_false(sample.list.devices[0].components[0].is_counted);
	assert_true(sample.list.devices[0].rates.run == 0);
}

static void check_lines(const struct view *view, const char *const *names, size_t n_names)
{
	assert_int_equal(view->n_lines, n_names);
	for (size_t i = 0; i < n_names; i++)
		assert_string_equal(view->lines[i].component ? view->lines[i].component->name
							     : view->lines[i].device->ifname,
				    names[i]);
}

static void a_view_is_ordered_and_filtered(void **state)
{
	static const char *const by_packets[] = { "eth1", "c", "eth0", "a", "b" };
	static const char *const by_drops[] = { "eth0", "b", "a", "eth1", "c" };
	static const char *const by_name[] = { "eth0", "a", "b", "eth1", "c" };
	static const char *const of_device[] = { "eth1", "c" };
	static const char *const of_component[] = { "eth0", "b" };
	static const struct {
		enum view_sort sort;
		const char *filter;
		const char *const *names;
		size_t n_names;
	} cases[] = {
		{ SORT_PACKETS, "", by_packets, array_size(by_packets) },
		{ SORT_DROPS, "", by_drops, array_size(by_drops) },
		{ SORT_NAME, "", by_name, array_size(by_name) },
		{ SORT_NAME, "th1", of_device, array_size(of_device) },
		{ SORT_NAME, "b", of_component, array_size(of_component) },
		{ SORT_NAME, "nothing", NULL, 0 },
	};
	cleanup(sample_done) struct sample sample;

	(void)state;
	sample_init(&sample, REPLY(""),
		    REPLY(DEVICE("eth0", COMPONENT("a", 10, 9, 1) "," COMPONENT(
						 "b", 9, 4,
						 5)) "," DEVICE("eth1", COMPONENT("c", 50, 50, 0))),
		    1);
	for (size_t i = 0; i < array_size(cases); i++) {
		cleanup(view_done) struct view view = {};

		view_init(&view, &sample.list, cases[i].sort, cases[i].filter);
		check_lines(&view, cases[i].names, cases[i].n_names);
	}
}

static void lines_fit_their_width(void **state)
{
	static const size_t widths[] = { 10, 79, 80, 81, 200 };
	cleanup(sample_done) struct sample sample;
	cleanup(view_done) struct view view = {};

	(void)state;
	sample_init(&sample, REPLY(""),
		    REPLY(DEVICE("a-long-name-15c",
				 COMPONENT("a-very-long-name-of-a-component-that-goes-on",
					   9999999999, 9999999999, 9999999999))),
		    1);
	view_init(&view, &sample.list, SORT_NAME, "");
	for (size_t i = 0; i < array_size(widths); i++) {
		cleanup(freep) char *heading = view_heading(false, widths[i]);
		cleanup(freep) char *line = view_format(&view.lines[1], false, widths[i]);

		assert_true(strlen(heading) <= widths[i]);
		assert_int_equal(strlen(line), strlen(heading));
	}
}

static void rates_have_at_most_seven_characters(void **state)
{
	static const struct {
		double rate;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 0.5, "0.5" },
		{ 9.94, "9.9" },
		{ 12.3, "12" },
		{ 999999, "999999" },
		{ 1000000, "1.0M" },
		{ 12345678, "12.3M" },
		{ 1234567890, "1.2G" },
		{ 1e13, "10.0T" },
	};
	char text[RATE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++)
		assert_string_equal(rate_format(cases[i].rate, text), cases[i].text);
	assert_string_equal(share_format(1, 0, text), "-");
	assert_string_equal(share_format(1, 4, text), "25%");
}

/* A packet's record at a component; TRACE_ENTRY: it arrives. */
static void add_record(struct chain_latency *latency, uint64_t packet, uint8_t component,
		       uint64_t time)
{
	const struct ring_record record = { .record = { .packet = packet,
							.component = component,
							.time_ns = time,
							.generation = 7 } };

	chain_latency_add(latency, &record);
}

/* A packet through a chain of two, where records take 50 ns. */
static void add_packet(struct chain_latency *latency, uint64_t packet, unsigned int first,
		       unsigned int second)
{
	uint64_t start = packet * 100000;

	add_record(latency, packet, TRACE_ENTRY, start);
	add_record(latency, packet, 0, start + 50 + first);
	add_record(latency, packet, 1, start + 100 + first + second);
	add_record(latency, packet, 2, start + 150 + first + second);
}

static void latencies_are_without_the_time_of_records(void **state)
{
	cleanup(chain_latency_done) struct chain_latency latency = {};
	struct latency first, second;

	(void)state;
	chain_latency_begin(&latency, 7, 2);
	add_record(&latency, 1, TRACE_ENTRY, 10);
	add_record(&latency, 1, 0, 100);
	assert_int_equal(chain_latency_get(&latency, 0).n_samples, 0); /* none reached the end */
	for (unsigned int i = 1; i <= 100; i++)
		add_packet(&latency, 100 + i, i, 1000);
	first = chain_latency_get(&latency, 0);
	second = chain_latency_get(&latency, 1);
	assert_int_equal(first.n_samples, 101);
	assert_int_equal(first.p50_ns, 50);
	assert_int_equal(first.p99_ns, 99);
	assert_int_equal(second.p50_ns, 1000);
	assert_int_equal(second.p99_ns, 1000);
	assert_int_equal(chain_latency_get(&latency, 2).n_samples, 0);
	for (unsigned int i = 1; i <= LATENCY_SAMPLES; i++)
		add_packet(&latency, 1000 + i, 7, 8);
	first = chain_latency_get(&latency, 0);
	assert_int_equal(first.n_samples, LATENCY_SAMPLES);
	assert_int_equal(first.p99_ns, 7);
	chain_latency_begin(&latency, 8, 2);
	add_packet(&latency, 5000, 1, 1);
	assert_int_equal(chain_latency_get(&latency, 0).n_samples, 0); /* of another generation */
}

static void packets_with_lost_records_are_not_measured(void **state)
{
	cleanup(chain_latency_done) struct chain_latency latency = {};

	(void)state;
	chain_latency_begin(&latency, 7, 2);
	add_packet(&latency, 1, 10, 20);
	add_record(&latency, 2, TRACE_ENTRY, 1000000);
	add_record(&latency, 2, 1, 2000000); /* the one after the first component is lost */
	add_record(&latency, 3, 0, 3000000); /* so is the arrival */
	add_record(&latency, 4, 255, 4000000);
	add_record(&latency, 5, 0, 5000000);
	assert_int_equal(chain_latency_get(&latency, 0).n_samples, 1);
	assert_int_equal(chain_latency_get(&latency, 1).n_samples, 1);
	assert_int_equal(chain_latency_get(&latency, 1).p99_ns, 20);
}

static void latencies_have_at_most_seven_characters(void **state)
{
	static const struct {
		unsigned int ns;
		const char *text;
	} cases[] = {
		{ 0, "0ns" },
		{ 9999, "9999ns" },
		{ 12345, "12.3us" },
		{ 999949, "999.9us" },
		{ 999950, "1.0ms" },
		{ 12345678, "12.3ms" },
		{ 999949999, "999.9ms" },
		{ UINT32_MAX, "4.3s" },
	};
	char text[RATE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++)
		assert_string_equal(
			latency_format(&(struct latency){ .n_samples = 1 }, cases[i].ns, text),
			cases[i].text);
	assert_string_equal(latency_format(&(struct latency){}, 5, text), "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_differences_per_second),
		cmocka_unit_test(what_is_new_or_began_again_counts_from_zero),
		cmocka_unit_test(a_component_in_a_policy_slot_is_not_counted),
		cmocka_unit_test(a_view_is_ordered_and_filtered),
		cmocka_unit_test(lines_fit_their_width),
		cmocka_unit_test(rates_have_at_most_seven_characters),
		cmocka_unit_test(latencies_are_without_the_time_of_records),
		cmocka_unit_test(packets_with_lost_records_are_not_measured),
		cmocka_unit_test(latencies_have_at_most_seven_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
