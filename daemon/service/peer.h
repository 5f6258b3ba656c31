#pragma once

#include "daemon/service/credentials.h"
#include "ipc/codec.h"

#include <systemd/sd-event.h>

struct context;

/*
 * One client's connection. Its requests are answered one after the other; while one waits for its answer, or
 * the answer for the client to read it, nothing more is read. So a client that never reads delays only
 * itself, costs the memory of one answer, and is disconnected in the end; so is a client that does not
 * complete a request. The settings say how much and how long.
 */
struct peer;

/* Called on the loop. */
struct peer_events {
	/*
	 * Answers one complete message. The descriptors that it leaves in `fds` are closed. False: the client does
	 * not speak Varlink, and the connection ends when the answer is sent.
	 */
	bool (*message)(struct peer *peer, const char *message, struct fds *fds);
	/* Must the message be answered only when all devices that are there have their chains? */
	bool (*waits_for_devices)(const char *message);
	/* The connection has ended, and the peer must be dropped. */
	void (*closed)(void *userdata, struct peer *peer);
};

/* Takes the socket, also on failure. `context` and `events` must outlive the peer. */
int peer_new(sd_event *loop, const struct context *context, const struct peer_events *events,
	     void *userdata, int fd, struct peer **ret, struct error *error);
void peer_drop(struct peer **peer);

const struct context *peer_context(const struct peer *peer);

/* Counts the connection in the quota until the peer is dropped. LimitExceeded if it may not stay. */
int peer_count(struct peer *peer, struct error *error);

const struct credentials *peer_credentials(const struct peer *peer);

/* Its connection, to ask the kernel about; the peer's. */
int peer_socket(const struct peer *peer);

/* The settings have changed, and with them, perhaps, its rights. */
void peer_settings_changed(struct peer *peer);

/*
 * A request begins; `oneway`: its client wants no answer, and peer_reply() will send none; `more`: it takes
 * several.
 */
void peer_begin(struct peer *peer, bool oneway, bool more);
bool peer_wants_more(const struct peer *peer);
bool peer_is_oneway(const struct peer *peer);

/* Which method the request under way calls, once that is known. */
void peer_set_method(struct peer *peer, const struct method *method);
const struct method *peer_method(const struct peer *peer);

/*
 * Answers the request under way, now or later, once. `parameters` is taken over; NULL: no memory.
 * An answer that would be too much to keep becomes the error LimitExceeded.
 */
void peer_reply(struct peer *peer, json_t *parameters);

/* The same with a file descriptor, which is taken over; `parameters` say that it is number 0. */
void peer_reply_with(struct peer *peer, json_t *parameters, int fd);

/* The same for a change that was made: the size of the answer is not limited. */
void peer_confirm(struct peer *peer, json_t *parameters);

/* For a request that is answered by a stream of replies. */
struct peer_stream_events {
	void (*drained)(void *userdata); /* all that was kept for the client is sent */
	void (*ended)(void *userdata); /* there will be no more, as the client is gone or refused */
};

/*
 * The request under way, whose client takes several replies, gets them from now on by peer_continue(), until it
 * hangs up. It is not hung up on if it does not read.
 */
void peer_stream(struct peer *peer, const struct peer_stream_events *events, void *userdata);

/* One more reply; `parameters` is taken over. False: there is no room until drained(), or no memory. */
bool peer_continue(struct peer *peer, json_t *parameters);

/* The same with an error: one of ours, or a Varlink one by its full name. */
void peer_fail(struct peer *peer, const struct error *error);
void peer_fail_named(struct peer *peer, const char *name, json_t *parameters);
