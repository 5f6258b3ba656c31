// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/test/test.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "daemon/control/load/placements.h"
#include "daemon/control/pipeline/describe.h"
#include "daemon/control/pipeline/pipeline.h"
#include "daemon/control/test/copy-component.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/kernel/counters.h"
#include "daemon/kernel/test-run.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"

#include <linux/if_ether.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* The state of one test request. */
struct test {
	struct job job;
	struct test_options options;
	struct transaction
		*transaction;  /* finds the devices and their planned chains; never submitted */
	struct linker *linker; /* its programs count which component decided, on every kernel */
	time_t until;	       /* CLOCK_MONOTONIC: when the test must end */
	struct packet_tests results;
};

/* One chain that is built for the test. */
struct attempt {
	const struct target *target;
	const struct chain *chain;
	struct packet_test *result; /* the request's */
	struct map_copies copies;
	struct component *policy;
	size_t n_components;
	struct component *components[ROOTLET_SLOTS];
	bool frags;
	struct generation *built;
};

static void attempt_done(struct attempt *attempt)
{
	generation_release(&attempt->built);
	component_release(&attempt->policy);
	while (attempt->n_components > 0)
		component_release(&attempt->components[--attempt->n_components]);
	map_copies_done(&attempt->copies);
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static int describe(struct attempt *attempt, const struct blueprint *blueprint, struct error *error)
{
	const struct device *device = attempt->target->device;
	struct packet_test *packet_test = attempt->result;

	packet_test->ifname = strdup(attempt->target->ifname);
	packet_test->netns = device->netns_path ? strdup(device->netns_path) : NULL;
	packet_test->generation = device->generation;
	packet_test->has_policy = blueprint->policy;
	for (size_t i = 0; i < blueprint->n_placements; i++) {
		const char *name = blueprint->placements[i].name;

		if (strings_add(&packet_test->components, name, strlen(name)) < 0)
			return error_memory(error);
	}
	return packet_test->ifname && (packet_test->netns || !device->netns_path)
		       ? 0
		       : error_memory(error);
}

/* Copies all components of the chain, because the test runs only copies. */
static int copy_components(struct test *test, struct attempt *attempt, struct blueprint *blueprint,
			   struct placement *placements)
{
	const struct component_copying copying = {
		.transaction = test->transaction,
		.linker = test->linker,
		.policy = blueprint->policy,
	};
	int result = 0;

	if (blueprint->policy)
		result = copy_component(&copying, blueprint->policy, &attempt->copies,
					&attempt->policy);
	blueprint->policy = attempt->policy;
	for (size_t i = 0; result == 0 && i < blueprint->n_placements; i++) {
		struct component **copy = &attempt->components[i];

		result = copy_component(&copying, placements[i].component, &attempt->copies, copy);
		placements[i].component = *copy;
		attempt->n_components = i + 1;
	}
	return result;
}

static int build(struct test *test, struct attempt *attempt)
{
	struct error *error = &test->transaction->error;
	struct linker *linker = test->linker;
	struct placement placements[ROOTLET_SLOTS];
	struct blueprint blueprint = { .attach_type = linker->attach_type };
	int result = place_components(test->transaction, attempt->target, attempt->chain,
				      &blueprint, placements);

	blueprint.placements = placements;
	if (result == 0)
		result = describe(attempt, &blueprint, error);
	if (result == 0)
		result = copy_components(test, attempt, &blueprint, placements);
	if (result < 0)
		return result;
	attempt->frags = blueprint_frags(linker, &blueprint);
	result = linker->type->build(linker, &blueprint, &attempt->built, error);
	if (result == 0)
		result = strings_append(&attempt->result->notes, &attempt->copies.notes);
	return result == -ENOMEM ? error_memory(error) : result;
}

static int check_turn(const struct test *test, size_t n_done)
{
	struct error *error = &test->transaction->error;

	int result = job_check_abandoned(&test->job, error);

	if (result < 0 || now() < test->until)
		return result;
	return error_set(error, ERROR_LIMIT_EXCEEDED, -ETIME,
			 "the test was stopped after %d seconds and %zu packets, because changes "
			 "have to wait for it; use fewer packets",
			 PACKET_TEST_SECONDS_MAX, n_done);
}

static char *explain(int failure, const struct packet *packet)
{
	char *text;
	int length;

	if (failure == -EMSGSIZE)
		length = asprintf(&text,
				  "it is longer than one buffer (%d bytes), and the chain does not "
				  "accept multi-buffer packets",
				  TEST_RUN_BUFFER);
	else if (packet->size < ETH_HLEN)
		length = asprintf(&text, "it is shorter than an Ethernet header (%d bytes)",
				  ETH_HLEN);
	else if (failure == -EINVAL)
		length = asprintf(&text, "this kernel cannot run a packet of %zu bytes",
				  packet->size);
	else
		length = asprintf(&text, "the kernel refused to run it: %s", errno_name(failure));
	return length < 0 ? NULL : text;
}

/*
 * Finds the row in which the packet was counted; the rows after those of the components belong to no
 * component.
 */
static size_t find_row(const struct counter_row *rows, size_t n_rows)
{
	static const struct counter_row none;
	size_t row = 0;

	while (row < n_rows && !memcmp(&rows[row], &none, sizeof(none)))
		row++;
	return row;
}

static int note_decision(const struct attempt *attempt, const struct test_run *run,
			 const struct counter_row *rows, const struct packet *packet,
			 struct packet_result *ret)
{
	const struct rootlet *rootlet = attempt->built->rootlet;
	size_t n = attempt->n_components, overruled;

	ret->verdict = run->returned < VERDICT_COUNT ? run->returned : VERDICT_ABORTED;
	ret->component = attempt->policy ? n : find_row(rows, n);
	overruled = ROOTLET_OVERRULED_ROW(n, ret->component);
	ret->overruled = ret->component < n && overruled < rootlet->n_rows &&
			 rows[overruled].verdict[VERDICT_ABORTED];
	ret->size_after = run->size;
	return packet_diff_find(packet->bytes, packet->size, run->bytes, run->size, &ret->changes);
}

static int run_packet(struct attempt *attempt, struct test_run *run, struct counter_row *rows,
		      const struct packet *packet, struct packet_result *ret)
{
	int result;

	*ret = (struct packet_result){ .size = packet->size, .original = packet->original };
	memset(rows, 0, attempt->built->rootlet->n_rows * sizeof(*rows));
	result = test_run_frame(run, packet->bytes, packet->size);
	if (result == 0)
		return note_decision(attempt, run, rows, packet, ret);
	ret->failure = explain(result, packet);
	return ret->failure ? 0 : -ENOMEM;
}

static int run_packets(struct test *test, struct attempt *attempt, struct test_run *run,
		       struct counter_row *rows)
{
	const struct packets *packets = &test->options.packets;
	struct packet_test *packet_test = attempt->result;
	int result = 0;

	packet_test->packets = calloc(packets->n_items + 1, sizeof(*packet_test->packets));
	if (!packet_test->packets)
		return error_memory(&test->transaction->error);
	for (size_t i = 0; result == 0 && i < packets->n_items; i++) {
		packet_test->n_packets = i + 1;
		result = run_packet(attempt, run, rows, &packets->items[i],
				    &packet_test->packets[i]);
		if (result < 0)
			return error_memory(&test->transaction->error);
		result = check_turn(test, i + 1);
	}
	return result;
}

static int note(struct packet_test *packet_test, const char *sentence, struct error *error)
{
	return strings_add(&packet_test->notes, sentence, strlen(sentence)) < 0
		       ? error_memory(error)
		       : 0;
}

static int run_on_device(struct test *test, struct attempt *attempt, struct counter_row *rows)
{
	static const char nowhere[] = "the programs see the packets arrive on the loopback device, "
				      "because kernels before 5.14 accept no other";
	const struct target *target = attempt->target;
	struct error *error = &test->transaction->error;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	cleanup(test_run_done) struct test_run run = {};
	int result = netns_enter(target->netns, &visit, error);

	if (result < 0)
		return result;
	if (test_run_init(&run, attempt->built->rootlet->fd, attempt->frags, target->ifindex) < 0)
		return error_memory(error);
	result = run_packets(test, attempt, &run, rows);
	return result == 0 && !run.ifindex ? note(attempt->result, nowhere, error) : result;
}

static int run(struct test *test, struct attempt *attempt)
{
	const struct rootlet *rootlet = attempt->built->rootlet;
	struct counter_row *rows = counters_map(rootlet->counters_fd, rootlet->n_rows,
						&test->transaction->error);
	int result = rows ? run_on_device(test, attempt, rows) : -EIO;

	counters_unmap(rows, rootlet->n_rows);
	return result;
}

static struct packet_test *add_packet_test(struct test *test, bool is_planned)
{
	struct packet_test *packet_test = &test->results.items[test->results.n_items++];

	packet_test->is_planned = is_planned;
	return packet_test;
}

static int check_target(const struct test *test, const struct target *target)
{
	struct error *error = &test->transaction->error;

	if (target->is_new && !test->options.planned)
		return error_set(error, ERROR_INVALID_ARGUMENT, -ENODEV,
				 "xdpd does not manage %s, so there is no chain to test",
				 target->ifname);
	if (!target->ifindex)
		return error_set(
			error, ERROR_NO_SUCH_DEVICE, -ENODEV,
			"device %s does not exist at present, so no packets can arrive on it",
			target->ifname);
	return 0;
}

/* Both chains are built before packets run through either, so both start with the same maps. */
static int try_target(struct test *test, const struct target *target)
{
	const struct test_options *options = &test->options;
	cleanup(attempt_done) struct attempt present = { target, &target->device->chain };
	cleanup(attempt_done) struct attempt planned = { target, &target->wanted };
	int result = check_target(test, target);

	if (result == 0 && options->present) {
		present.result = add_packet_test(test, false);
		result = build(test, &present);
	}
	if (result == 0 && options->planned) {
		planned.result = add_packet_test(test, true);
		planned.copies.from = options->present ? &present.copies : NULL;
		result = build(test, &planned);
	}
	crash_point("trial");
	if (result == 0 && options->present)
		result = run(test, &present);
	return result == 0 && options->planned ? run(test, &planned) : result;
}

/*
 * The test stays on one CPU, like the packets of one queue, because programs may keep values for each CPU.
 */
static int try_targets(struct test *test)
{
	struct transaction *transaction = test->transaction;
	cpu_set_t before, here;
	bool moved;
	int result = 0;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	moved = sched_getaffinity(0, sizeof(before), &before) == 0 &&
		sched_setaffinity(0, sizeof(here), &here) == 0;
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = try_target(test, &transaction->targets[i]);
	if (moved)
		sched_setaffinity(0, sizeof(before), &before);
	return result;
}

static int run_all(struct test *test)
{
	const struct transaction *transaction = test->transaction;
	int result = linker_open_fused_like(transaction->manager->linker, &test->linker,
					    test->job.error);

	test->until = now() + PACKET_TEST_SECONDS_MAX;
	test->results.items = calloc(2 * transaction->n_targets + 1, sizeof(*test->results.items));
	if (result == 0 && !test->results.items)
		result = error_memory(test->job.error);
	if (result == 0)
		result = try_targets(test);
	linker_drop(&test->linker);
	return result;
}

static struct test *test_of(const struct job *job)
{
	return (struct test *)job;
}

static void begin(struct job *job)
{
	transaction_begin(test_of(job)->transaction);
}

static void work(struct job *job)
{
	struct test *test = test_of(job);

	if (pipeline_prepare(test->transaction) == 0)
		run_all(test);
	pipeline_discard(test->transaction);
}

static bool worked(struct job *job)
{
	return job->succeeded = job->error->id == ERROR_NONE;
}

static const struct job_step steps[] = { { work, worked } };

static char *describe_job(const struct job *job)
{
	return change_describe("Test", test_of(job)->transaction->change);
}

static const void *get_results(const struct job *job)
{
	return &test_of(job)->results;
}

static void drop(struct job *job)
{
	struct test *test = test_of(job);

	transaction_drop(&test->transaction);
	packets_done(&test->options.packets);
	packet_tests_done(&test->results);
	free(test);
}

static const struct job_type test_job = {
	.describe = describe_job,
	.begin = begin,
	.n_steps = array_size(steps),
	.steps = steps,
	.result = get_results,
	.drop = drop,
};

int test_new(struct manager *manager, struct change *change, struct test_options *options,
	     struct job **ret, struct error *error)
{
	struct test *test = calloc(1, sizeof(*test));
	int result;

	if (!test) {
		change_drop(&change);
		return error_memory(error);
	}
	result = transaction_new(manager, change, &test->transaction, error);
	if (result < 0) {
		free(test);
		return result;
	}
	test->job.type = &test_job;
	test->job.error = &test->transaction->error;
	test->options = *options;
	options->packets = (struct packets){};
	*ret = &test->job;
	return 0;
}
