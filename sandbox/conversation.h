#pragma once

#include "base/error.h"
#include "sandbox/parcel.h"

#include <stdbool.h>

/*
 * A conversation with the parser about one object (sandbox/calls.h), which a process of its own has that ends
 * with it. One at a time: threads that begin another one wait.
 */
struct conversation {
	int fd;		   /* -1: there is none */
	const char *label; /* how errors call the object; the caller's */
	size_t size;	   /* of the object */
	int64_t patience;  /* milliseconds that the parser may still take */
};

/* Begins one. Errors: Internal, if there is no parser. End it with conversation_end(), also on failure. */
int conversation_begin(const char *label, size_t size, struct conversation *ret,
		       struct error *error);

int conversation_send(struct conversation *conversation, const struct parcel *message,
		      struct error *error);

/*
 * Waits for the parser, `size_max` bytes at most. Errors: BadObject, when it crashed, is too slow, or
 * takes too much.
 */
int conversation_receive(struct conversation *conversation, size_t size_max, struct parcel *ret,
			 struct error *error);

/*
 * The conversation is over because of `failure`: -EPROTO and -EMSGSIZE are faults of a message, -EPIPE and -ETIMEDOUT
 * of the parser, and others say why a message could not be sent or received.
 */
int conversation_fail(struct conversation *conversation, int failure, struct error *error);

/* The message breaks the rules: Internal. The conversation is over. */
int conversation_refuse(struct conversation *conversation, struct error *error);

/* An error of the parser (ANSWER_MESSAGE_ERROR), as its own words; returns its number. */
int conversation_error(struct conversation *conversation, struct parcel *message,
		       struct error *error);

void conversation_end(struct conversation *conversation);

/*
 * Leaves the process of the parser with the object that it has read, in place of ending the conversation: who asks next
 * about the same object can go on with it. `key` is the SHA-256 of the object. Whatever begins another conversation, or
 * conversation_end_parked(), ends it.
 */
void conversation_park(struct conversation *conversation, const char *key);

/* False: the process that is left, if any is, has another object. */
bool conversation_resume(const char *key, const char *label, struct conversation *ret);
void conversation_end_parked(void);

/*
 * Gives the zygote something to do before it sees an object, when it has just started: libbpf finds out once
 * what this kernel can. False: it has seen one, or none can be started.
 */
bool conversation_begin_first(struct conversation *ret);
