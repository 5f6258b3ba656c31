// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>
#include <sys/types.h>

struct job;

/* A job consists of steps. In each step the worker runs first, then the loop. */
struct job_step {
	void (*work)(struct job *job); /* on the worker; it may take long */
	/* On the loop. False: the job ends here. NULL: the next step follows, if there is one. */
	bool (*then)(struct job *job);
};

struct job_type {
	/* A phrase for the log, such as `Attach of 'fw.o' on eth0`, to be freed; NULL: no memory. */
	char *(*describe)(const struct job *job);
	/* On the loop, when the job starts. NULL: nothing is to be done. */
	void (*begin)(struct job *job);
	size_t n_steps;
	const struct job_step *steps;
	/* The daemon stops, and the job does not continue. NULL: nothing is to be done. */
	void (*stop)(struct job *job);
	/* Of a job that succeeded; the job owns the result. */
	const void *(*result)(const struct job *job);
	void (*drop)(struct job *job);
};

/*
 * Called once, on the loop or by control_drop(): with the result of the job or, if it failed, with an error
 * and no result. The caller keeps both.
 */
typedef void (*job_done)(void *userdata, const void *result, const struct error *error);

/*
 * When a job has its turn. A limited one is of a client that may not change everything: it waits for all jobs that
 * are not limited, and users take turns.
 */
struct job_turn {
	bool is_limited;
	uid_t uid; /* of the client of a limited job */
};

/* Work for the queue: one job runs, the others wait. It is the first member of a larger struct. */
struct job {
	STAILQ_ENTRY(job) entry;
	const struct job_type *type;
	struct error *error;   /* the job puts the reason of its failure here */
	bool yields;	       /* it is abandoned as soon as any other job waits */
	bool succeeded;	       /* set by the job */
	bool answers_now;      /* set by the job: its client need not wait for the last step */
	atomic_bool abandoned; /* set by the queue: no client needs the result any longer */
	struct job_turn turn;  /* set before it is added to the queue */

	/* The fields below are the queue's. */
	size_t step;
	char *name;    /* its description while it runs; NULL: no memory */
	job_done done; /* NULL: no client waits for the answer */
	void *userdata;
};

/* Frees the job without an answer. NULL is fine. */
void job_drop(struct job **job);

/* For long steps: returns -ECANCELED if the job was abandoned. */
int job_check_abandoned(const struct job *job, struct error *error);
