// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "sandbox/parcel.h"

#include <stdbool.h>

/*
 * A conversation with the parser about one object (sandbox/calls.h). It has a process of its own, which ends
 * with it. There is one conversation at a time; a thread that begins another one waits.
 */
struct conversation {
	int fd;		   /* -1: there is none */
	const char *label; /* names the object in errors; the caller's */
	size_t size;	   /* of the object */
	int64_t patience;  /* milliseconds that the parser may still take */
};

/*
 * Begins a conversation. Errors: Internal, if the parser cannot be started. End it with conversation_end(),
 * also after a failure.
 */
int conversation_begin(const char *label, size_t size, struct conversation *ret,
		       struct error *error);

/* Sends a message to the parser. Errors: as with conversation_receive(). */
int conversation_send(struct conversation *conversation, const struct parcel *message,
		      struct error *error);

/*
 * Waits for a message of the parser, of at most `size_max` bytes. Errors: BadObject, if the parser crashed,
 * is too slow, or uses too much memory.
 */
int conversation_receive(struct conversation *conversation, size_t size_max, struct parcel *ret,
			 struct error *error);

/*
 * Ends the conversation because of `failure`: -EPROTO and -EMSGSIZE are faults of a message, -EPIPE and -ETIMEDOUT
 * are faults of the parser, and other errors say why a message could not be sent or received.
 */
int conversation_fail(struct conversation *conversation, int failure, struct error *error);

/* For a message that breaks the rules: Internal. The conversation is over. */
int conversation_refuse(struct conversation *conversation, struct error *error);

/* Turns the parser's ANSWER_MESSAGE_ERROR into an error with the parser's own words; returns its number. */
int conversation_error(struct conversation *conversation, struct parcel *message,
		       struct error *error);

/* Ends the conversation and the process of the parser; does nothing if there is none. */
void conversation_end(struct conversation *conversation);

/*
 * Keeps the parser's process, with the object that it has read, instead of ending the conversation, so that
 * the next request about the same object can continue with it. `key` is the SHA-256 of the object. The next
 * conversation_begin(), or conversation_end_parked(), ends it.
 */
void conversation_park(struct conversation *conversation, const char *key);

/* Continues with the parked process; false: there is none, or it has another object. */
bool conversation_resume(const char *key, const char *label, struct conversation *ret);
void conversation_end_parked(void);

/*
 * Begins a conversation with a zygote that has just started, before it reads an object: libbpf finds out once
 * what this kernel supports. False: the zygote has had a conversation already, or none can be started.
 */
bool conversation_begin_first(struct conversation *ret);
