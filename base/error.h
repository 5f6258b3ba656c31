// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Why something failed. Clients see the names (error_name()) as Varlink errors of the interface io.xdpd, so
 * never rename one.
 */
enum error_id {
	ERROR_NONE,
	ERROR_INTERNAL,		  /* a bug of xdpd: logged with its origin */
	ERROR_OUT_OF_MEMORY,	  /* in this process or in the kernel */
	ERROR_INVALID_ARGUMENT,	  /* a value that the method does not accept */
	ERROR_NO_PERMISSION,	  /* the client may not do this */
	ERROR_NO_SUCH_DEVICE,	  /* no network device of that name, or it disappeared */
	ERROR_NO_SUCH_NAMESPACE,  /* no such network namespace */
	ERROR_DEVICE_BUSY,	  /* it runs an XDP program that xdpd does not manage */
	ERROR_DEVICE_REFUSED,	  /* the driver or the kernel refused it for this device */
	ERROR_MODE_MISMATCH,	  /* the device already runs in the other mode */
	ERROR_NO_SUCH_COMPONENT,  /* the device has no component of that name */
	ERROR_NAME_TAKEN,	  /* component names are unique on a device */
	ERROR_CHAIN_FULL,	  /* no free slot */
	ERROR_GENERATION_CHANGED, /* the device has changed since the client looked */
	ERROR_UNCONFIRMED,	  /* an earlier change of the device is not confirmed yet */
	ERROR_NONE_UNCONFIRMED,	  /* there is nothing to confirm or to roll back */
	ERROR_BAD_OBJECT,	  /* not an object that xdpd can use */
	ERROR_BAD_SIGNATURE,	  /* of an object: missing, invalid or of an untrusted key */
	ERROR_PROGRAM_AMBIGUOUS,  /* several programs, and none was chosen */
	ERROR_NO_SUCH_PROGRAM,	  /* the object has no program of that name, or none at all */
	ERROR_WRONG_PROGRAM_TYPE, /* not an XDP program */
	ERROR_VERIFIER_REJECTED,  /* detail: the decisive lines of the verifier's log */
	ERROR_KERNEL_REFUSED,	  /* another system call failed */
	ERROR_BAD_STATE,	  /* a file on disk is damaged */
	ERROR_UNSUPPORTED,	  /* this kernel or this linker cannot do it */
	ERROR_LIMIT_EXCEEDED,	  /* the client, or all clients together, would exceed it */
	ERROR_COUNT
};

/*
 * What a failing function reports to its caller. It starts zeroed (`struct error error = {};`), the function
 * that knows the cause fills it, and error_done() empties it.
 */
struct error {
	enum error_id id;
	int number;	    /* negative errno */
	const char *origin; /* file:line of the cause, static */
	char *message;	    /* one sentence for the user; it names the thing */
	char *detail;	    /* more lines, for example of the verifier; or NULL */
};

/*
 * Fills `error` and returns `number`, so that a caller can write `return error_set(error, ERROR_..., -ENOENT,
 * "...", ...);`. The error may be NULL; an error that is already filled stays unchanged.
 */
#define error_set(error, id, number, ...) error_set_at(error, ERROR_ORIGIN, id, number, __VA_ARGS__)

/* For failed allocations: sets ERROR_OUT_OF_MEMORY, returns -ENOMEM. */
#define error_memory(error) error_set(error, ERROR_OUT_OF_MEMORY, -ENOMEM, "out of memory")

int error_set_at(struct error *error, const char *origin, enum error_id id, int number,
		 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds a copy of `lines` as the detail. Does nothing if the error already has a detail. */
void error_detail(struct error *error, const char *lines);

/* Puts "text" before the sentence: for a layer that knows the device. */
void error_prefix(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Puts "text" after the sentence: for a layer that knows what to do about it. */
void error_append(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Moves the contents; `from` is empty afterwards, what `to` held is freed. */
void error_move(struct error *to, struct error *from);

/* Frees the contents; the error can be used again. May be NULL. */
void error_done(struct error *error);

/* "NoSuchDevice" and the like; that of ERROR_INTERNAL for a number that no error has. */
const char *error_name(enum error_id id);

/* "ENOENT" for ENOENT or -ENOENT, "0" for 0: errno by its name, from strerrorname_np(3). */
const char *errno_name(int number);

/*
 * Can the same call succeed a little later? Then its failure does not mean that the request is wrong.
 * `number` is an errno or a negative errno.
 */
bool errno_is_passing(int number);

#define ERROR_STRING_(x) #x
#define ERROR_STRING(x)	 ERROR_STRING_(x)
#define ERROR_ORIGIN	 __FILE__ ":" ERROR_STRING(__LINE__)
