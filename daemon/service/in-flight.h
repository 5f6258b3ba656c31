#pragma once

#include "daemon/control/control.h"
#include "daemon/service/peer.h"

#include <sys/queue.h>

/*
 * Changes that clients asked for and that are not decided yet: who asked, so that it can be
 * logged although he may have hung up, and what it takes up. One that began by then may
 * come true still.
 */
struct in_flight;
LIST_HEAD(in_flight_list, in_flight);

/*
 * Submits the change, which is taken over. The peer is answered when it is done; one that wants no
 * answer is not waited for, and may hang up.
 */
int in_flight_submit(struct peer *peer, struct change *change, struct error *error);

/* The peer is gone: what has not begun is dropped, what has is not answered. */
void in_flight_forget(struct in_flight_list *list, const struct peer *peer);

/* The list goes; what is in it is still logged if it comes true. */
void in_flight_abandon(struct in_flight_list *list);
