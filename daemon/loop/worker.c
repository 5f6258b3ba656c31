#define _GNU_SOURCE
#include "daemon/loop/worker.h"

#include "base/cleanup.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

struct worker {
	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* of what follows, up to the blank line */
	pthread_cond_t wake;
	bool stop;
	void (*job)(void *userdata);
	void *userdata;

	void (*done)(void *userdata); /* the loop's */
	int finished_fd;
	sd_event_source *finished;
};

static void *work(void *argument)
{
	struct worker *worker = argument;
	uint64_t one = 1;

	pthread_mutex_lock(&worker->lock);
	for (;;) {
		while (!worker->job && !worker->stop)
			pthread_cond_wait(&worker->wake, &worker->lock);
		if (!worker->job) /* what was asked for before is still done */
			break;
		pthread_mutex_unlock(&worker->lock);
		worker->job(worker->userdata);
		pthread_mutex_lock(&worker->lock);
		worker->job = NULL;
		while (write(worker->finished_fd, &one, sizeof(one)) < 0)
			if (errno != EINTR)
				abort(); /* an eventfd takes a one unless we broke it */
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

static int finish(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct worker *worker = userdata;
	uint64_t count;

	(void)source;
	(void)events;
	if (read(fd, &count, sizeof(count)) == sizeof(count))
		worker->done(worker->userdata);
	return 0;
}

void worker_run(struct worker *worker, void (*job)(void *userdata), void (*done)(void *userdata),
		void *userdata)
{
	pthread_mutex_lock(&worker->lock);
	assert(!worker->job);
	worker->job = job;
	worker->done = done;
	worker->userdata = userdata;
	pthread_cond_signal(&worker->wake);
	pthread_mutex_unlock(&worker->lock);
}

void worker_drop(struct worker **p)
{
	struct worker *worker = steal(*p);

	if (!worker)
		return;
	if (worker->started) {
		pthread_mutex_lock(&worker->lock);
		worker->stop = true;
		pthread_cond_signal(&worker->wake);
		pthread_mutex_unlock(&worker->lock);
		pthread_join(worker->thread, NULL);
	}
	sd_event_source_disable_unref(worker->finished);
	closep(&worker->finished_fd);
	pthread_cond_destroy(&worker->wake);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}

/* Signals are the loop's. */
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

int worker_new(sd_event *loop, struct worker **ret, struct error *error)
{
	cleanup(worker_drop) struct worker *worker = calloc(1, sizeof(*worker));
	int result;

	if (!worker)
		return error_memory(error);
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->wake, NULL);
	worker->finished_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->finished_fd < 0)
		return error_set(error, ERROR_INTERNAL, -errno, "cannot create an eventfd: %s",
				 errno_name(errno));
	result = sd_event_add_io(loop, &worker->finished, worker->finished_fd, EPOLLIN, finish,
				 worker);
	if (result == 0)
		result = start_thread(worker);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot start a thread: %s",
				 errno_name(result));
	*ret = steal(worker);
	return 0;
}
