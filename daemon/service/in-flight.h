// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/control.h"
#include "daemon/service/peer.h"

#include <sys/queue.h>

/*
 * Requests whose jobs are not decided yet. Each has its client, so that the change can be logged even after
 * the client has disconnected, and what it takes up in the quota. A job that has started by then may still
 * succeed.
 */
struct in_flight;
LIST_HEAD(in_flight_list, in_flight);

/* How a request of that type is answered when its job has succeeded. */
struct in_flight_type {
	json_t *(*encode)(const void *result); /* of the job */
	void (*reply)(struct peer *peer, json_t *parameters);
	bool audits; /* the result is a struct change_result; success and failure are logged */
};

/*
 * Counts the request, whose objects have that size, in the quota. The peer gets its answer when
 * in_flight_done() is called. Errors: LimitExceeded.
 */
int in_flight_begin(struct peer *peer, const struct in_flight_type *type, size_t objects_size,
		    struct in_flight **ret, struct error *error);

/* Describes the change, which is about to be submitted, for the log. */
void in_flight_describe(struct in_flight *in_flight, const struct change *change);

/*
 * The `done` callback for control_submit() and similar functions; `userdata` is the struct from
 * in_flight_begin().
 */
void in_flight_done(void *userdata, const void *result, const struct error *error);

/*
 * Called with the result of control_submit() or a similar function, which it returns. A failure ends the
 * request. A peer that wants no answer need not wait for it, and may disconnect.
 */
int in_flight_end(struct peer *peer, struct in_flight *in_flight, int result);

/*
 * The peer has disconnected: requests that have not started are dropped, others are not answered.
 */
void in_flight_forget(struct in_flight_list *list, const struct peer *peer);

/* Frees the list; its changes are still logged if they succeed. */
void in_flight_abandon(struct in_flight_list *list);
