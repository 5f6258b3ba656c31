// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Metrics as the daemon replies them, and as text for monitoring systems. */
#define _GNU_SOURCE
#include "cli/metrics.h"
#include "tests/unit/fake-control.h"

#include <stdio.h>
#include <string.h>

#define METRICS "{\"method\":\"io.xdpd.Metrics\"}"

static void the_reply_conforms_and_does_not_wait_for_devices(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	world->control.is_linking = true;
	world->control.stats.counts[CHANGE_ATTACH].n_failed = 3;
	client_init(world, &client);
	succeeds(ask(world, &client, METRICS), &methods[METHOD_METRICS]);
	send_text(world, &client, STATUS, NULL); /* Status waits until all chains are linked */
	assert_null(receive(world, &client));
	assert_int_equal(world->control.n_waiting, 1);
}

static void a_kind_of_change_has_one_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHANGE_COUNTS; i++)
		for (size_t j = 0; j < i; j++)
			if (change_stats_name(i) && change_stats_name(j))
				assert_string_not_equal(change_stats_name(i), change_stats_name(j));
	assert_null(change_stats_name(CHANGE_NONE));
	assert_string_equal(change_stats_name(CHANGE_REVERT), "Revert");
}

static void a_change_is_counted_in_the_bucket_of_its_duration(void **state)
{
	struct change_stats stats = {};
	struct change change = { .kind = &change_kinds[CHANGE_ATTACH] };
	struct transaction transaction = { .change = &change, .committed = true };

	(void)state;
	change_stats_add(&stats, &transaction); /* it began when the machine did */
	assert_int_equal(stats.counts[CHANGE_ATTACH].n_succeeded, 1);
	assert_int_equal(stats.buckets[CHANGE_BUCKETS], 1);
	change = (struct change){ .kind = &change_kinds[CHANGE_APPLY], .dry_run = true };
	change_stats_add(&stats, &transaction);
	assert_int_equal(stats.counts[CHANGE_APPLY].n_succeeded, 0);
	change = (struct change){ .kind = &change_kinds[CHANGE_DETACH] };
	transaction.committed = false;
	change_stats_add(&stats, &transaction);
	assert_int_equal(stats.counts[CHANGE_DETACH].n_failed, 1);
}

/* The text that is printed for that reply; to be freed. */
static char *print(const char *reply, enum metrics_format format)
{
	cleanup(json_decrefp) json_t *json = json_loads(reply, 0, NULL);
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(json);
	metrics_print(file, json, format);
	fclose(file);
	return text;
}

#define REPLY                                                                                      \
	"{\"version\":\"1\",\"restored\":2,\"durations_usec\":1500000,"                            \
	"\"changes\":[{\"kind\":\"Attach\",\"succeeded\":1,\"failed\":0}],"                        \
	"\"durations\":[{\"usec\":1000,\"count\":1},{\"usec\":1000000,\"count\":2},{\"count\":3}]" \
	","                                                                                        \
	"\"devices\":[{\"ifname\":\"e\\\"\\\\0\",\"state\":\"attached\",\"generation\":7,"         \
	"\"components\":[{\"name\":\"fw\",\"state\":\"parked\",\"proceed_on\":[\"pass\"]}]}]}"

static void labels_are_escaped(void **state)
{
	cleanup(freep) char *text = print(REPLY, METRICS_PROMETHEUS);

	(void)state;
	assert_non_null(strstr(text, "xdpd_generation{device=\"e\\\"\\\\0\",netns=\"\"} 7\n"));
}

static void buckets_are_cumulative(void **state)
{
	cleanup(freep) char *text = print(REPLY, METRICS_OPENMETRICS);

	(void)state;
	assert_non_null(strstr(text, "_bucket{le=\"0.001\"} 1\n"));
	assert_non_null(strstr(text, "_bucket{le=\"1.0\"} 3\n"));
	assert_non_null(strstr(text, "_bucket{le=\"+Inf\"} 6\n"));
	assert_non_null(strstr(text, "_sum 1.500000\n"));
	assert_non_null(strstr(text, "_count 6\n"));
}

static void the_formats_name_types_as_their_readers_want(void **state)
{
	cleanup(freep) char *open = print(REPLY, METRICS_OPENMETRICS);
	cleanup(freep) char *prometheus = print(REPLY, METRICS_PROMETHEUS);

	(void)state;
	assert_non_null(strstr(open, "# TYPE xdpd_chain_restored counter\n"));
	assert_non_null(strstr(open, "# TYPE xdpd_build info\n"));
	assert_string_equal(open + strlen(open) - strlen("# EOF\n"), "# EOF\n");
	assert_non_null(strstr(prometheus, "# TYPE xdpd_chain_restored_total counter\n"));
	assert_non_null(strstr(prometheus, "# TYPE xdpd_build_info gauge\n"));
	assert_null(strstr(prometheus, "# EOF"));
}

static void a_component_without_counters_has_no_packets(void **state)
{
	cleanup(freep) char *text = print(REPLY, METRICS_PROMETHEUS);

	(void)state;
	assert_null(strstr(text, "\nxdpd_component_packets_total{"));
	assert_non_null(strstr(text, "component=\"fw\",state=\"parked\"} 1\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_reply_conforms_and_does_not_wait_for_devices),
		TEST(a_kind_of_change_has_one_name),
		TEST(a_change_is_counted_in_the_bucket_of_its_duration),
		TEST(labels_are_escaped),
		TEST(buckets_are_cumulative),
		TEST(the_formats_name_types_as_their_readers_want),
		TEST(a_component_without_counters_has_no_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
