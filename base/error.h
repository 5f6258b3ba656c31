#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Why something was not done. The names (error_name()) are what clients see, as Varlink errors of
 * the interface io.xdpd: never rename one.
 */
enum error_id {
	ERROR_NONE,
	ERROR_INTERNAL,		  /* our bug: logged with its origin */
	ERROR_OUT_OF_MEMORY,	  /* ours or the kernel's */
	ERROR_INVALID_ARGUMENT,	  /* a value outside what the method takes */
	ERROR_NO_PERMISSION,	  /* the client may not do this */
	ERROR_NO_SUCH_DEVICE,	  /* no network device of that name, or it went away */
	ERROR_NO_SUCH_NAMESPACE,  /* no network namespace there */
	ERROR_DEVICE_BUSY,	  /* somebody else's XDP program sits there */
	ERROR_DEVICE_REFUSED,	  /* the driver or the kernel said no for this device */
	ERROR_MODE_MISMATCH,	  /* the device already runs in the other mode */
	ERROR_NO_SUCH_COMPONENT,  /* nothing of that name on the device */
	ERROR_NAME_TAKEN,	  /* component names are unique on a device */
	ERROR_CHAIN_FULL,	  /* no slot left */
	ERROR_GENERATION_CHANGED, /* the device moved on since the client looked */
	ERROR_UNCONFIRMED,	  /* an earlier change of the device is not confirmed yet */
	ERROR_NONE_UNCONFIRMED,	  /* there is nothing to confirm or to put back */
	ERROR_BAD_OBJECT,	  /* not an object we can use */
	ERROR_BAD_SIGNATURE,	 /* of an object: missing, wrong, or by a key that is not trusted */
	ERROR_PROGRAM_AMBIGUOUS, /* several programs and none chosen */
	ERROR_NO_SUCH_PROGRAM,	 /* the object has no such program, or none at all */
	ERROR_WRONG_PROGRAM_TYPE, /* not an XDP program */
	ERROR_VERIFIER_REJECTED,  /* detail: the decisive lines of the verifier's log */
	ERROR_KERNEL_REFUSED,	  /* another call of the kernel failed */
	ERROR_BAD_STATE,	  /* what is kept on disk is damaged */
	ERROR_UNSUPPORTED,	  /* this kernel or this linker cannot do it */
	ERROR_LIMIT_EXCEEDED,	  /* the client, or all of them, would take too much */
	ERROR_COUNT
};

/*
 * What a failing function tells its caller. Starts zeroed (`struct error error = {};`), is filled
 * by the function that knows the cause, and is emptied with error_done().
 */
struct error {
	enum error_id id;
	int number;	    /* negative errno */
	const char *origin; /* file:line of the cause, static */
	char *message;	    /* one sentence for the user, names the thing */
	char *detail;	    /* more lines, e.g. of the verifier; or NULL */
};

/*
 * Fills `error` (which may be NULL, and keeps what is in it if it was filled before) and returns
 * `number`, so that one can write `return error_set(error, ERROR_..., -ENOENT, "...", ...);`.
 */
#define error_set(error, id, number, ...) error_set_at(error, ERROR_ORIGIN, id, number, __VA_ARGS__)

/* For failed allocations: sets ERROR_OUT_OF_MEMORY, returns -ENOMEM. */
#define error_memory(error) error_set(error, ERROR_OUT_OF_MEMORY, -ENOMEM, "out of memory")

int error_set_at(struct error *error, const char *origin, enum error_id id, int number,
		 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds `lines` as the detail; the text stays the caller's. Does nothing if there is one already. */
void error_detail(struct error *error, const char *lines);

/* Puts "text" before the sentence: for a layer that knows the device. */
void error_prefix(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Puts "text" behind the sentence: for a layer that knows what to do about it. */
void error_append(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Moves the contents; `from` is empty afterwards, what `to` held is freed. */
void error_move(struct error *to, struct error *from);

/* Frees the contents; the error can be used again. NULL is fine. */
void error_done(struct error *error);

/* "NoSuchDevice" and the like; the other way gives ERROR_NONE for a name that is not ours. */
const char *error_name(enum error_id id);
enum error_id error_from_name(const char *name);

/* "ENOENT" for ENOENT or -ENOENT, "0" for 0: errno by its name, from strerrorname_np(3). */
const char *errno_name(int number);

/*
 * May the same call succeed if it is made again a little later? Then a failure says nothing about what
 * was asked for. `number` is an errno, or a negative one.
 */
bool errno_is_passing(int number);

#define ERROR_STRING_(x) #x
#define ERROR_STRING(x)	 ERROR_STRING_(x)
#define ERROR_ORIGIN	 __FILE__ ":" ERROR_STRING(__LINE__)
