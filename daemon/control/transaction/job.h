#pragma once

#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

struct job;

/* A job is done in steps. In each, the worker goes first, then the loop. */
struct job_step {
	void (*work)(struct job *job); /* on the worker; it may take long */
	/* On the loop. False: the job ends here. NULL: the next step follows, if there is one. */
	bool (*then)(struct job *job);
};

struct job_type {
	/* A phrase for the log, such as `Attach of 'fw.o' on eth0`, to be freed; NULL: no memory. */
	char *(*describe)(const struct job *job);
	/* On the loop, when its turn has come. NULL: nothing is to be done. */
	void (*begin)(struct job *job);
	size_t n_steps;
	const struct job_step *steps;
	/* The daemon stops, and the job does not go on. NULL: nothing is to be done. */
	void (*stop)(struct job *job);
	/* Of a job that succeeded; stays the job's. */
	const void *(*result)(const struct job *job);
	void (*drop)(struct job *job);
};

/*
 * Called on the loop or by control_drop(), once: with the result that the type of the job has, or with an error and
 * without a result. Both stay the caller's.
 */
typedef void (*job_done)(void *userdata, const void *result, const struct error *error);

/* Work for the queue: one job is under way, the others wait. The first member of what it is part of. */
struct job {
	STAILQ_ENTRY(job) entry;
	const struct job_type *type;
	struct error *error;   /* where the job says why it failed */
	bool yields;	       /* it is abandoned for any other job */
	bool succeeded;	       /* set by the job */
	bool answers_now;      /* set by the job: its client need not wait for the last step */
	atomic_bool abandoned; /* set by the queue: the result is no longer wanted */

	/* The queue's. */
	size_t step;
	char *name;    /* while it is under way; NULL: no memory */
	job_done done; /* NULL: no client waits for the answer */
	void *userdata;
};

/* Frees the job without an answer. NULL is fine. */
void job_drop(struct job **job);

/* For long steps: -ECANCELED if the job is abandoned. */
int job_check_abandoned(const struct job *job, struct error *error);
