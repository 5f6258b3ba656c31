// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/service/credentials.h"
#include "ipc/codec.h"

#include <systemd/sd-event.h>

struct context;

/*
 * The connection of one client. Its requests are answered one after the other. While a request waits for its
 * answer, or an answer waits for the client to read it, the daemon reads nothing more. So a client that
 * never reads delays only itself and costs the memory of one answer; after a time it is disconnected, like a
 * client that does not complete a request. The settings have the limits.
 */
struct peer;

/* Called on the loop. */
struct peer_events {
	/*
	 * Answers one complete message. The descriptors that it leaves in `fds` are closed. False: the client does
	 * not speak Varlink, and the connection ends when the answer is sent.
	 */
	bool (*message)(struct peer *peer, const char *message, struct fds *fds);
	/* Must the message wait until all devices that exist have their chains? */
	bool (*waits_for_devices)(const char *message);
	/* The connection has ended, and the peer must be dropped. */
	void (*closed)(void *userdata, struct peer *peer);
};

/* Takes the socket, also on failure. `context` and `events` must outlive the peer. */
int peer_new(sd_event *loop, const struct context *context, const struct peer_events *events,
	     void *userdata, int fd, struct peer **ret, struct error *error);
void peer_drop(struct peer **peer);

/* The context that was passed to peer_new(). */
const struct context *peer_context(const struct peer *peer);

/*
 * Counts the connection in the quota until the peer is dropped. Errors: LimitExceeded if there are too many.
 */
int peer_count(struct peer *peer, struct error *error);

/* The credentials of the client; the peer owns them. */
const struct credentials *peer_credentials(const struct peer *peer);

/* The socket of the connection, which stays the peer's, to ask the kernel about the client. */
int peer_socket(const struct peer *peer);

/*
 * The lease of components that end with this connection; it begins with the first call. peer_lease_end() ends
 * it, if there is one. Errors: out of memory.
 */
int peer_lease(struct peer *peer, uint64_t *ret, struct error *error);

/*
 * Begins the lease of the connection with a key, so that the client can claim it from the next daemon. Errors:
 * InvalidArgument if the connection has a lease, or the key has been used; out of memory.
 */
int peer_begin_lease(struct peer *peer, const char *key, struct error *error);

/*
 * Makes the lease with that key, of an earlier daemon, the connection's; also true if it is that already. False:
 * there is no such lease, or the connection has another one.
 */
bool peer_claim_lease(struct peer *peer, const char *key, uint64_t *ret);

void peer_lease_end(struct peer *peer);

/* Updates the client's rights after the settings have changed. */
void peer_settings_changed(struct peer *peer);

/*
 * Begins a request. `oneway`: the client wants no answer, and peer_reply() sends none; `more`: it wants
 * several replies.
 */
void peer_begin(struct peer *peer, bool oneway, bool more);
bool peer_wants_more(const struct peer *peer);
bool peer_is_oneway(const struct peer *peer);

/* Sets the method of the present request, as soon as it is known. */
void peer_set_method(struct peer *peer, const struct method *method);
const struct method *peer_method(const struct peer *peer);

/*
 * The present request names devices without a namespace, and is therefore about this one; NULL: the daemon's own. An
 * error as the answer then names it. Takes the string.
 */
void peer_set_netns(struct peer *peer, char *path);

/*
 * Answers the present request, now or later, but only once. Takes `parameters`; NULL: no memory. An answer
 * that is too large to be kept becomes the error LimitExceeded.
 */
void peer_reply(struct peer *peer, json_t *parameters);

/* The same with parameters that are JSON text already, for large answers (base/json-writer.h). */
void peer_reply_text(struct peer *peer, char *parameters);

/* The same with a file descriptor, which it takes; `parameters` refer to it as number 0. */
void peer_reply_with(struct peer *peer, json_t *parameters, int fd);

/* The same for a change that was made: the size of the answer is not limited. */
void peer_confirm(struct peer *peer, json_t *parameters);

/* For a request that is answered with a stream of replies. */
struct peer_stream_events {
	void (*drained)(void *userdata); /* everything was sent that had been kept for the client */
	/* No more replies can be sent: the client has disconnected, or may no longer receive them. */
	void (*ended)(void *userdata);
};

/*
 * Makes the present request a stream: peer_continue() sends replies until the client disconnects. The daemon
 * does not disconnect a client that reads slowly.
 */
void peer_stream(struct peer *peer, const struct peer_stream_events *events, void *userdata);

/*
 * The stream is over: ended() is not called, and peer_reply() or peer_fail() sends the last reply.
 */
void peer_stream_end(struct peer *peer);

/*
 * Sends one more reply; takes `parameters`. False: there is no room until drained() is called, or no memory.
 */
bool peer_continue(struct peer *peer, json_t *parameters);

/* The same with file descriptors, which it takes on success; there is no room while anything waits. */
bool peer_continue_with(struct peer *peer, json_t *parameters, const struct fds *fds);

/*
 * Answers the present request with an error: one of xdpd's, or one of Varlink's with its full name.
 */
void peer_fail(struct peer *peer, const struct error *error);
void peer_fail_named(struct peer *peer, const char *name, json_t *parameters);
