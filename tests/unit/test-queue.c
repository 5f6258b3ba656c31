// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* In which order jobs run: those of clients that may not change everything wait for all others, and take turns. */
#include "base/cleanup.h"
#include "daemon/control/pipeline/queue.h"
#include "tests/unit/test.h"

#include <string.h>

struct order {
	sd_event *loop;
	struct queue *queue;
	size_t n_jobs, n_run;
	char names[32];
};

struct test_job {
	struct job job;
	struct order *order;
	char name;
};

static void work(struct job *job)
{
	(void)job;
}

static bool note(struct job *job)
{
	const struct test_job *own = (const struct test_job *)job;
	struct order *order = own->order;

	order->names[order->n_run++] = own->name;
	if (order->n_run == order->n_jobs)
		sd_event_exit(order->loop, 0);
	return true;
}

static char *describe(const struct job *job)
{
	(void)job;
	return strdup("a job");
}

static void drop(struct job *job)
{
	free(job);
}

static const struct job_step steps[] = { { work, note } };
static const struct job_type type = {
	.describe = describe,
	.n_steps = array_size(steps),
	.steps = steps,
	.drop = drop,
};

static void decided(void *userdata, struct job *job)
{
	(void)userdata, (void)job;
}

static const struct queue_events events = { .decided = decided, .finished = decided };

/* A capital letter is a job of a client that may change everything; other letters are users. */
static void add(struct order *order, char name)
{
	struct test_job *job = calloc(1, sizeof(*job));
	bool is_limited = name >= 'a';

	assert_non_null(job);
	job->job.type = &type;
	job->job.turn = (struct job_turn){ is_limited, is_limited ? name : 0 };
	job->order = order;
	job->name = name;
	order->n_jobs++;
	queue_add(order->queue, &job->job, NULL, NULL);
}

static void run_in_order(const char *added, const char *expected)
{
	struct order order = {};

	assert_return_code(sd_event_new(&order.loop), 0);
	assert_int_equal(queue_new(order.loop, &events, &order, &order.queue, NULL), 0);
	for (const char *name = added; *name; name++)
		add(&order, *name);
	assert_return_code(sd_event_loop(order.loop), 0);
	assert_string_equal(order.names, expected);
	assert_true(queue_stop(order.queue, 1000000));
	queue_drop(&order.queue);
	sd_event_unref(order.loop);
}

static void jobs_of_root_run_first_and_in_order(void **state)
{
	(void)state;
	run_in_order("ABC", "ABC");
	run_in_order("aaaAaB", "aABaaa"); /* the first one runs already */
}

static void users_take_turns(void **state)
{
	(void)state;
	run_in_order("aaaabbc", "aabcaba");
	run_in_order("aaabAa", "aAabaa");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_of_root_run_first_and_in_order),
		cmocka_unit_test(users_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
