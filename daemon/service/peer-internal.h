// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/service/quota.h"
#include "ipc/stream.h"

struct context;
struct peer_events;
struct peer_stream_events;

/* What peer.c, which reads requests, and peer-answer.c share. */
struct peer {
	const struct context *context;
	const struct peer_events *events;
	void *userdata; /* for the events */
	struct connection_usage usage;
	struct stream stream;
	sd_event_source *source;
	/* Set while the client has not completed a request, or has not read its answer. */
	sd_event_source *timer;
	struct credentials client;
	const struct method *method; /* of the latest request */
	char *netns;		     /* peer_set_netns() */
	bool busy;		     /* a request waits for its answer */
	bool oneway;		     /* the request wants no answer */
	bool more;		     /* the request wants several replies */
	/* While it gets a stream of replies; else NULL. */
	const struct peer_stream_events *stream_events;
	void *stream_userdata;
	bool closing;		   /* disconnect as soon as everything is sent */
	struct fds answer_fds;	   /* are sent with the waiting answer */
	struct receiver *receiver; /* reads data that was sent with descriptors; NULL: none does */
	uint64_t lease;		   /* LEASE_NONE: nothing ends with the connection */
	bool is_shared;		   /* an abandoned receiver may still read from it */
};

/* Sends what waits to be sent, as far as possible, and chooses the events that the peer waits for then. */
void peer_flush(struct peer *peer);
