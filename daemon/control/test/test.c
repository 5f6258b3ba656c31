#define _GNU_SOURCE
#include "daemon/control/test/test.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "daemon/control/load/placements.h"
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

/* All tests of one request. */
struct packet_tests {
	struct transaction *transaction;
	struct linker *linker; /* whose programs count who decided, on every kernel */
	time_t until;	       /* CLOCK_MONOTONIC */
};

/* One chain, built to be tried. */
struct attempt {
	const struct target *target;
	const struct chain *chain;
	struct packet_test *result; /* the transaction's */
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

/* What the test runs is made of copies of what the chain is made of. */
static int copy_components(struct packet_tests *packet_tests, struct attempt *attempt,
			   struct blueprint *blueprint, struct placement *placements)
{
	const struct component_copying copying = {
		.transaction = packet_tests->transaction,
		.linker = packet_tests->linker,
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

static int build(struct packet_tests *packet_tests, struct attempt *attempt)
{
	struct error *error = &packet_tests->transaction->error;
	struct linker *linker = packet_tests->linker;
	struct placement placements[ROOTLET_SLOTS];
	struct blueprint blueprint = { .attach_type = linker->attach_type };
	int result = place_components(packet_tests->transaction, attempt->target, attempt->chain,
				      &blueprint, placements);

	blueprint.placements = placements;
	if (result == 0)
		result = describe(attempt, &blueprint, error);
	if (result == 0)
		result = copy_components(packet_tests, attempt, &blueprint, placements);
	if (result < 0)
		return result;
	attempt->frags = blueprint_frags(linker, &blueprint);
	result = linker->type->build(linker, &blueprint, &attempt->built, error);
	if (result == 0)
		result = strings_append(&attempt->result->notes, &attempt->copies.notes);
	return result == -ENOMEM ? error_memory(error) : result;
}

static int check_turn(const struct packet_tests *packet_tests, size_t n_done)
{
	struct error *error = &packet_tests->transaction->error;

	if (atomic_load(&packet_tests->transaction->abandoned))
		return error_set(error, ERROR_INTERNAL, -ECANCELED,
				 "the request was abandoned: its client disconnected, or the "
				 "daemon is stopping");
	if (now() < packet_tests->until)
		return 0;
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

/* The row in which it was counted; those behind the components' are for nobody's. */
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

static int run_packets(struct packet_tests *packet_tests, struct attempt *attempt,
		       struct test_run *run, struct counter_row *rows)
{
	const struct packets *packets = &packet_tests->transaction->change->test.packets;
	struct packet_test *packet_test = attempt->result;
	int result = 0;

	packet_test->packets = calloc(packets->n_items + 1, sizeof(*packet_test->packets));
	if (!packet_test->packets)
		return error_memory(&packet_tests->transaction->error);
	for (size_t i = 0; result == 0 && i < packets->n_items; i++) {
		packet_test->n_packets = i + 1;
		result = run_packet(attempt, run, rows, &packets->items[i],
				    &packet_test->packets[i]);
		if (result < 0)
			return error_memory(&packet_tests->transaction->error);
		result = check_turn(packet_tests, i + 1);
	}
	return result;
}

static int note(struct packet_test *packet_test, const char *sentence, struct error *error)
{
	return strings_add(&packet_test->notes, sentence, strlen(sentence)) < 0
		       ? error_memory(error)
		       : 0;
}

static int run_on_device(struct packet_tests *packet_tests, struct attempt *attempt,
			 struct counter_row *rows)
{
	static const char nowhere[] = "the programs see the packets arrive on the loopback device, "
				      "because kernels before 5.14 accept no other";
	const struct target *target = attempt->target;
	struct error *error = &packet_tests->transaction->error;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	cleanup(test_run_done) struct test_run run = {};
	int result = netns_enter(target->netns, &visit, error);

	if (result < 0)
		return result;
	if (test_run_init(&run, attempt->built->rootlet->fd, attempt->frags, target->ifindex) < 0)
		return error_memory(error);
	result = run_packets(packet_tests, attempt, &run, rows);
	return result == 0 && !run.ifindex ? note(attempt->result, nowhere, error) : result;
}

static int run(struct packet_tests *packet_tests, struct attempt *attempt)
{
	const struct rootlet *rootlet = attempt->built->rootlet;
	struct counter_row *rows = counters_map(rootlet->counters_fd, rootlet->n_rows,
						&packet_tests->transaction->error);
	int result = rows ? run_on_device(packet_tests, attempt, rows) : -EIO;

	counters_unmap(rows, rootlet->n_rows);
	return result;
}

static struct packet_test *add_packet_test(struct transaction *transaction, bool is_planned)
{
	struct change_result *result = &transaction->result;
	struct packet_test *packet_test = &result->packet_tests[result->n_packet_tests++];

	packet_test->is_planned = is_planned;
	return packet_test;
}

static int check_target(const struct packet_tests *packet_tests, const struct target *target)
{
	struct error *error = &packet_tests->transaction->error;

	if (target->is_new && !packet_tests->transaction->change->test.planned)
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

/* Both are built before packets run through either, so that they begin with the same. */
static int try_target(struct packet_tests *packet_tests, const struct target *target)
{
	struct transaction *transaction = packet_tests->transaction;
	const struct test_options *test = &transaction->change->test;
	cleanup(attempt_done) struct attempt present = { target, &target->device->chain };
	cleanup(attempt_done) struct attempt planned = { target, &target->wanted };
	int result = check_target(packet_tests, target);

	if (result == 0 && test->present) {
		present.result = add_packet_test(transaction, false);
		result = build(packet_tests, &present);
	}
	if (result == 0 && test->planned) {
		planned.result = add_packet_test(transaction, true);
		planned.copies.from = test->present ? &present.copies : NULL;
		result = build(packet_tests, &planned);
	}
	crash_point("trial");
	if (result == 0 && test->present)
		result = run(packet_tests, &present);
	return result == 0 && test->planned ? run(packet_tests, &planned) : result;
}

/* It stays on one CPU, as the packets of one queue do: programs may keep something on each. */
static int try_targets(struct packet_tests *packet_tests)
{
	struct transaction *transaction = packet_tests->transaction;
	cpu_set_t before, here;
	bool moved;
	int result = 0;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	moved = sched_getaffinity(0, sizeof(before), &before) == 0 &&
		sched_setaffinity(0, sizeof(here), &here) == 0;
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = try_target(packet_tests, &transaction->targets[i]);
	if (moved)
		sched_setaffinity(0, sizeof(before), &before);
	return result;
}

static int open_linker(const struct manager *manager, struct linker **ret, struct error *error)
{
	struct features features = {};

	features.state[FEATURE_FRAGS].available = manager->linker->frags;
	return linker_open_type(&linker_fused, &features, ret, error);
}

int packet_tests_run(struct transaction *transaction)
{
	struct packet_tests packet_tests = { .transaction = transaction,
					     .until = now() + PACKET_TEST_SECONDS_MAX };
	struct change_result *result = &transaction->result;
	int failure = open_linker(transaction->manager, &packet_tests.linker, &transaction->error);

	result->packet_tests = calloc(2 * transaction->n_targets + 1,
				      sizeof(*result->packet_tests));
	if (failure == 0 && !result->packet_tests)
		failure = error_memory(&transaction->error);
	if (failure == 0)
		failure = try_targets(&packet_tests);
	linker_drop(&packet_tests.linker);
	return failure;
}
