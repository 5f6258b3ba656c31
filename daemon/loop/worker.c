// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/loop/worker.h"

#include "base/cleanup.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>

struct worker {
	pthread_t thread;
	bool started;
	/*
	 * There is no lock, which the loop would have to wait for while the thread has no processor. The loop writes
	 * `job` and `userdata` while the thread waits for `wake`; the thread waits again after it has written to
	 * `finished_fd`.
	 */
	sem_t wake;
	int finished_fd;
	void (*job)(void *userdata); /* NULL: the thread ends */
	void *userdata;

	void (*done)(void *userdata); /* used only on the loop, like the next ones */
	bool busy; /* a job runs, or its end has not been read from `finished_fd` */
	sd_event_source *finished;
	sd_event_source *timer;
	uint64_t limit; /* of a job, in microseconds; 0: no limit */
	void (*overdue)(void *userdata);
	void *overdue_userdata;
	char name[16];
};

static void *work(void *argument)
{
	struct worker *worker = argument;
	uint64_t one = 1;

	prctl(PR_SET_NAME, worker->name);
	for (;;) {
		while (sem_wait(&worker->wake) < 0)
			assert(errno == EINTR);
		if (!worker->job)
			return NULL;
		worker->job(worker->userdata);
		while (write(worker->finished_fd, &one, sizeof(one)) < 0)
			if (errno != EINTR)
				abort(); /* writing a one to our own eventfd cannot fail */
	}
}

/* False: no job has ended. */
static bool read_end(struct worker *worker)
{
	uint64_t count;

	if (read(worker->finished_fd, &count, sizeof(count)) != sizeof(count))
		return false;
	worker->busy = false;
	return true;
}

static int finish(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct worker *worker = userdata;

	(void)source;
	(void)fd;
	(void)events;
	if (!read_end(worker))
		return 0;
	sd_event_source_set_enabled(worker->timer, SD_EVENT_OFF);
	worker->done(worker->userdata);
	return 0;
}

static int tell_overdue(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct worker *worker = userdata;

	(void)source;
	(void)usec;
	worker->overdue(worker->overdue_userdata);
	return 0;
}

void worker_limit(struct worker *worker, uint64_t usec, void (*overdue)(void *userdata),
		  void *userdata)
{
	worker->limit = usec;
	worker->overdue = overdue;
	worker->overdue_userdata = userdata;
}

static void start_timer(struct worker *worker)
{
	if (!worker->limit)
		return;
	sd_event_source_set_time_relative(worker->timer, worker->limit);
	sd_event_source_set_enabled(worker->timer, SD_EVENT_ONESHOT);
}

void worker_run(struct worker *worker, void (*job)(void *userdata), void (*done)(void *userdata),
		void *userdata)
{
	assert(!worker->busy);
	worker->busy = true;
	worker->job = job;
	worker->done = done;
	worker->userdata = userdata;
	sem_post(&worker->wake);
	start_timer(worker);
}

static bool wait_for_end(struct worker *worker, int milliseconds)
{
	struct pollfd end = { .fd = worker->finished_fd, .events = POLLIN };
	int result;

	do
		result = poll(&end, 1, milliseconds);
	while (result < 0 && errno == EINTR);
	return result > 0 && read_end(worker);
}

bool worker_stop(struct worker *worker, uint64_t usec)
{
	int milliseconds = usec == UINT64_MAX ? -1 : (int)(usec / 1000);

	if (!worker || !worker->started)
		return true;
	if (worker->busy && !wait_for_end(worker, milliseconds))
		return false;
	worker->job = NULL;
	sem_post(&worker->wake);
	pthread_join(worker->thread, NULL);
	worker->started = false;
	return true;
}

void worker_drop(struct worker **p)
{
	struct worker *worker = steal(*p);

	if (!worker)
		return;
	worker_stop(worker, UINT64_MAX);
	sd_event_source_disable_unref(worker->timer);
	sd_event_source_disable_unref(worker->finished);
	closep(&worker->finished_fd);
	sem_destroy(&worker->wake);
	free(worker);
}

/* Blocks all signals in the thread: the event loop handles them. */
static int start_thread(struct worker *worker)
{
	sigset_t all, before;
	int failure;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failure = pthread_create(&worker->thread, NULL, work, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	worker->started = !failure;
	return -failure;
}

int worker_new(sd_event *loop, const char *name, struct worker **ret, struct error *error)
{
	cleanup(worker_drop) struct worker *worker = calloc(1, sizeof(*worker));
	int result;

	if (!worker)
		return error_memory(error);
	snprintf(worker->name, sizeof(worker->name), "%s", name);
	sem_init(&worker->wake, 0, 0);
	worker->finished_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->finished_fd < 0)
		return error_set(error, ERROR_INTERNAL, -errno, "cannot create an eventfd: %s",
				 errno_name(errno));
	result = sd_event_add_io(loop, &worker->finished, worker->finished_fd, EPOLLIN, finish,
				 worker);
	if (result >= 0)
		result = sd_event_add_time_relative(loop, &worker->timer, CLOCK_MONOTONIC, 0, 0,
						    tell_overdue, worker);
	if (result >= 0)
		result = sd_event_source_set_enabled(worker->timer, SD_EVENT_OFF);
	if (result >= 0)
		result = start_thread(worker);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot start a thread: %s",
				 errno_name(result));
	*ret = steal(worker);
	return 0;
}
