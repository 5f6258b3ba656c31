#pragma once

#include "daemon/control/control.h"
#include "daemon/service/peer.h"

#include <sys/queue.h>

/*
 * Requests whose jobs are not decided yet: which client asked, so that a change can be logged although the client may
 * have hung up, and what the request takes up. A job that has begun by then may still succeed.
 */
struct in_flight;
LIST_HEAD(in_flight_list, in_flight);

/* How a request of that type is answered when its job has succeeded. */
struct in_flight_type {
	json_t *(*encode)(const void *result); /* of the job */
	void (*reply)(struct peer *peer, json_t *parameters);
	bool audits; /* the result is a struct change_result, which is logged, as is a failure */
};

/*
 * Counts the request, which brought objects of that size, and its peer is answered when in_flight_done() is called.
 * Errors: LimitExceeded.
 */
int in_flight_begin(struct peer *peer, const struct in_flight_type *type, size_t objects_size,
		    struct in_flight **ret, struct error *error);

/* What is logged beside the result: the change that is about to be submitted. */
void in_flight_describe(struct in_flight *in_flight, const struct change *change);

/* The `done` of control_submit() and its like; `userdata` is what in_flight_begin() made. */
void in_flight_done(void *userdata, const void *result, const struct error *error);

/*
 * `result` is that of control_submit() or its like, and is returned. A failure ends the request; a peer that wants no
 * answer is not waited for, and may hang up.
 */
int in_flight_end(struct peer *peer, struct in_flight *in_flight, int result);

/* The peer is gone: what has not begun is dropped, what has is not answered. */
void in_flight_forget(struct in_flight_list *list, const struct peer *peer);

/* The list is freed; its changes are still logged if they succeed. */
void in_flight_abandon(struct in_flight_list *list);
