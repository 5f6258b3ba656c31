// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * libxdpd: talks to xdpd, the dispatcher of XDP programs. libxdpd(3) is the introduction.
 *
 * Functions return 0 or a positive number on success and a negative errno on failure. On failure they fill
 * the error, which may be NULL if it is of no interest, and leave `*ret` unchanged.
 *
 * A connection may be used by one thread at a time. The library has no global state, never prints, and
 * changes no signal handlers.
 *
 * Structs that describe a request begin with their size, for example
 *
 *	struct xdpd_attach attach = { .size = sizeof(attach), .devices = devices, .object = fd };
 *
 * so that a later version of the library can add members. A member that is zero is not given.
 */
#ifndef XDPD_XDPD_H
#define XDPD_XDPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The socket of the daemon, unless it was started with another one. */
#define XDPD_SOCKET "/run/xdpd/io.xdpd"

/* Time without a limit, in microseconds. */
#define XDPD_FOREVER UINT64_MAX

/* ---- Errors ---- */

/*
 * Describes a failure. Initialise it with XDPD_ERROR_NULL, and free its contents with xdpd_error_free(). A
 * function that fails replaces what an error held before.
 */
struct xdpd_error {
	const char *name; /* for programs, one of the names below or a newer one; NULL: no error */
	const char *message; /* for people: one sentence, without a period at its end */
	const char *detail;  /* further lines, for example of the kernel's verifier; or NULL */
	int number;	     /* errno, positive */
	unsigned int flags;  /* the library's own */
};

#define XDPD_ERROR_NULL                \
	{                              \
		NULL, NULL, NULL, 0, 0 \
	}

/* Failures on this side of the connection. */
#define XDPD_ERROR_NO_DAEMON	"io.xdpd.client.NoDaemon" /* the socket cannot be connected to */
#define XDPD_ERROR_DISCONNECTED "io.xdpd.client.Disconnected" /* the connection ended */
#define XDPD_ERROR_TIMED_OUT	"io.xdpd.client.TimedOut"     /* no reply within the given time */
#define XDPD_ERROR_PROTOCOL	"io.xdpd.client.Protocol"     /* the peer does not speak Varlink */

/* What the daemon refuses; docs/interface.md describes the interface. */
#define XDPD_ERROR_INTERNAL	       "io.xdpd.Internal"
#define XDPD_ERROR_OUT_OF_MEMORY       "io.xdpd.OutOfMemory"
#define XDPD_ERROR_INVALID_ARGUMENT    "io.xdpd.InvalidArgument"
#define XDPD_ERROR_NO_PERMISSION       "io.xdpd.NoPermission"
#define XDPD_ERROR_NO_SUCH_DEVICE      "io.xdpd.NoSuchDevice"
#define XDPD_ERROR_NO_SUCH_NAMESPACE   "io.xdpd.NoSuchNamespace"
#define XDPD_ERROR_DEVICE_BUSY	       "io.xdpd.DeviceBusy"
#define XDPD_ERROR_DEVICE_REFUSED      "io.xdpd.DeviceRefused"
#define XDPD_ERROR_MODE_MISMATCH       "io.xdpd.ModeMismatch"
#define XDPD_ERROR_NO_SUCH_COMPONENT   "io.xdpd.NoSuchComponent"
#define XDPD_ERROR_NAME_TAKEN	       "io.xdpd.NameTaken"
#define XDPD_ERROR_CHAIN_FULL	       "io.xdpd.ChainFull"
#define XDPD_ERROR_GENERATION_CHANGED  "io.xdpd.GenerationChanged"
#define XDPD_ERROR_UNCONFIRMED	       "io.xdpd.Unconfirmed"
#define XDPD_ERROR_NOTHING_UNCONFIRMED "io.xdpd.NothingUnconfirmed"
#define XDPD_ERROR_BAD_OBJECT	       "io.xdpd.BadObject"
#define XDPD_ERROR_BAD_SIGNATURE       "io.xdpd.BadSignature"
#define XDPD_ERROR_PROGRAM_AMBIGUOUS   "io.xdpd.ProgramAmbiguous"
#define XDPD_ERROR_NO_SUCH_PROGRAM     "io.xdpd.NoSuchProgram"
#define XDPD_ERROR_WRONG_PROGRAM_TYPE  "io.xdpd.WrongProgramType"
#define XDPD_ERROR_VERIFIER_REJECTED   "io.xdpd.VerifierRejected"
#define XDPD_ERROR_KERNEL_REFUSED      "io.xdpd.KernelRefused"
#define XDPD_ERROR_BAD_STATE	       "io.xdpd.BadState"
#define XDPD_ERROR_UNSUPPORTED	       "io.xdpd.Unsupported"
#define XDPD_ERROR_LIMIT_EXCEEDED      "io.xdpd.LimitExceeded"

/* Frees the contents; the error is empty afterwards. NULL is fine. */
void xdpd_error_free(struct xdpd_error *error);

/* Does the error have that name? False for an empty error and for NULL. */
bool xdpd_error_has_name(const struct xdpd_error *error, const char *name);

/* ---- Connections ---- */

struct xdpd_connection;
struct xdpd_reply;

/*
 * Connects to the daemon; `socket` NULL: XDPD_SOCKET. Blocks only while the daemon's queue of new connections
 * is full. Errors: XDPD_ERROR_NO_DAEMON, -ENOENT or -ECONNREFUSED if the daemon does not run, -EACCES.
 */
int xdpd_connect(const char *socket, struct xdpd_connection **ret, struct xdpd_error *error);

/* The same with a connected Unix stream socket, which the connection owns afterwards; not on failure. */
int xdpd_connect_fd(int fd, struct xdpd_connection **ret, struct xdpd_error *error);

/*
 * Disconnects and frees the connection. Calls without a reply are dropped, and their handlers are not called;
 * a change that the daemon has begun may still be made. Components that were attached with
 * `while_connected` are detached. NULL is fine. It may be called in a handler.
 */
void xdpd_disconnect(struct xdpd_connection *connection);

/*
 * Lets the components that this connection attaches with `while_connected` outlive a restart of the daemon: they run
 * on while it does not run, and xdpd_reconnect() takes them over. Waits for the daemon's reply. To be called before
 * the first of them is attached; if it is called again, it does nothing. Errors: XDPD_ERROR_INVALID_ARGUMENT after
 * xdpd_connect_fd(), or if such a component is attached; -EBUSY while the connection listens; those of xdpd_call().
 */
int xdpd_enable_reconnect(struct xdpd_connection *connection, struct xdpd_error *error);

/*
 * After the connection has ended: connects again, tries that for so many microseconds, and takes the components of
 * the connection over. If the connection has not ended, it stays. The handlers of calls without a reply are called with
 * an error first. The daemon keeps the components only for a time after its start (the setting reconnect-time,
 * 10 seconds), so call it at once. A signal ends the attempts. When a daemon is connected, its reply is waited for
 * without a limit.
 *
 * The reply has "claimed", and "components" with the "ifname" and "name" of each that ends with the connection now. If
 * "claimed" is false, all were detached: attach them again. `ret` may be NULL. The descriptor of xdpd_get_fd() is
 * another one afterwards. Errors: XDPD_ERROR_INVALID_ARGUMENT without xdpd_enable_reconnect(); those of xdpd_connect()
 * and xdpd_call(); after all of them it may be called again.
 */
int xdpd_reconnect(struct xdpd_connection *connection, uint64_t usec, struct xdpd_reply **ret,
		   struct xdpd_error *error);

/*
 * For event loops: wait until the descriptor has one of these events of poll(2), or until the time (of
 * CLOCK_MONOTONIC, in microseconds; XDPD_FOREVER: no limit), then call xdpd_process(). Ask for all three again
 * before each wait. The descriptor stays the connection's, and stays the same until xdpd_reconnect().
 */
int xdpd_get_fd(const struct xdpd_connection *connection);
int xdpd_get_events(const struct xdpd_connection *connection);
int xdpd_get_timeout(const struct xdpd_connection *connection, uint64_t *ret_usec);

/*
 * Sends and receives what is possible without waiting, and calls at most one handler. 1: something was done,
 * call it again; 0: it must wait. If the connection has ended, the handlers of all calls are called with an
 * error, one each time; then it returns a negative errno, for example -ECONNRESET.
 */
int xdpd_process(struct xdpd_connection *connection);

/*
 * For programs without an event loop: waits at most that many microseconds until xdpd_process() has something to
 * do. 1: it has; 0: the time is over; -EINTR: a signal arrived.
 */
int xdpd_wait(struct xdpd_connection *connection, uint64_t usec);

/* ---- Replies ---- */

/*
 * Replies are counted: xdpd_reply_ref() returns the reply, and the last xdpd_reply_unref() frees it with its
 * strings. NULL is fine for both.
 */
struct xdpd_reply *xdpd_reply_ref(struct xdpd_reply *reply);
void xdpd_reply_unref(struct xdpd_reply *reply);

/* Why the call failed; NULL: it succeeded. The error stays the reply's. */
const struct xdpd_error *xdpd_reply_get_error(const struct xdpd_reply *reply);

/* The parameters of the reply as JSON, an object. The text stays the reply's. NULL: out of memory. */
const char *xdpd_reply_get_json(struct xdpd_reply *reply);

/*
 * Members of the parameters by a path, for example "devices/0/components/1/name": names of members and
 * positions in lists, from 0, with slashes between them. `*ret` of a string stays the reply's. -ENXIO: there is
 * no such member; -EINVAL: it has another type.
 */
int xdpd_reply_get_string(const struct xdpd_reply *reply, const char *path, const char **ret);
int xdpd_reply_get_number(const struct xdpd_reply *reply, const char *path, uint64_t *ret);
int xdpd_reply_get_boolean(const struct xdpd_reply *reply, const char *path, bool *ret);

/* The number of items of the list at that path; 0 if there is no such list. */
size_t xdpd_reply_count(const struct xdpd_reply *reply, const char *path);

/*
 * Takes a descriptor that came with the reply, by its number in the JSON; the caller closes it. -EBADF: there is
 * none, or it was taken.
 */
int xdpd_reply_take_fd(struct xdpd_reply *reply, size_t number);

/* ---- Calls ---- */

/*
 * A call that can be made once or several times: a method, its parameters, and duplicates of the descriptors
 * that go with it. Free it with xdpd_request_free(); NULL is fine.
 */
struct xdpd_request;

/*
 * Makes a request for any method of the interface, for example "Features". `parameters` is a JSON object; NULL:
 * none. Members of it name descriptors by their position in `fds`. Errors: XDPD_ERROR_INVALID_ARGUMENT if
 * the parameters are not a JSON object, or there are more than 64 descriptors.
 */
int xdpd_request_new(const char *method, const char *parameters, const int *fds, size_t n_fds,
		     struct xdpd_request **ret, struct xdpd_error *error);
void xdpd_request_free(struct xdpd_request *request);

/*
 * Sends the request and waits for its reply, at most that many microseconds. Handlers of earlier calls may be
 * called meanwhile. `ret` may be NULL. If the daemon refuses the request, the error is the daemon's, and the
 * function returns its errno. Errors: XDPD_ERROR_TIMED_OUT; the change may still be made, and the connection
 * cannot be used any longer; XDPD_ERROR_DISCONNECTED; -EBUSY while the connection listens.
 */
int xdpd_call(struct xdpd_connection *connection, const struct xdpd_request *request, uint64_t usec,
	      struct xdpd_reply **ret, struct xdpd_error *error);

/* Gets the reply, which stays the connection's: keep it with xdpd_reply_ref(). */
typedef void (*xdpd_handler)(struct xdpd_reply *reply, void *userdata);

/*
 * The same without waiting: xdpd_process() sends the request after the earlier calls of the connection have
 * their replies, and calls the handler with the reply, or with the error. The caller may free the request at
 * once.
 */
int xdpd_call_async(struct xdpd_connection *connection, const struct xdpd_request *request,
		    uint64_t usec, xdpd_handler handler, void *userdata, struct xdpd_error *error);

/* Which events to listen to. */
struct xdpd_monitor {
	size_t size;
	const char *const *devices; /* names, ended by NULL; not given: of all devices */
	const char *const *kinds;   /* such as "swapped", ended by NULL; not given: all kinds */
	const char *netns; /* of the devices; not given: of named devices the client's, else all */
};

/*
 * Listens to events: the handler is called by xdpd_process() for each event, whose members are at "event/kind",
 * "event/time", "event/sentence" and so on; the first is "listening". If the connection ends, the handler gets an
 * error. The connection carries only events from then on: use another one for calls. `monitor` NULL:
 * all events.
 */
int xdpd_listen(struct xdpd_connection *connection, const struct xdpd_monitor *monitor,
		xdpd_handler handler, void *userdata, struct xdpd_error *error);

/* ---- Requests for the common verbs ---- */

/* A number that may be omitted, although zero has a meaning. */
struct xdpd_number {
	bool given;
	uint64_t value;
};
#define XDPD_NUMBER(number)    \
	{                      \
		true, (number) \
	}

/* Sets of verdicts, for proceed_on and allow_verdicts. */
#define XDPD_ABORTED  (UINT64_C(1) << 0)
#define XDPD_DROP     (UINT64_C(1) << 1)
#define XDPD_PASS     (UINT64_C(1) << 2)
#define XDPD_TX	      (UINT64_C(1) << 3)
#define XDPD_REDIRECT (UINT64_C(1) << 4)

enum xdpd_mode { XDPD_MODE_NATIVE = 1, XDPD_MODE_SKB = 2 };
enum xdpd_interop { XDPD_INTEROP_NONE = 1, XDPD_INTEROP_LIBXDP = 2 };
enum xdpd_on_failure { XDPD_ON_FAILURE_SKIP = 1, XDPD_ON_FAILURE_DROP = 2 };

/*
 * Attaches a component to the chains of devices, on all of them or on none. The members are those of xdpctl
 * attach; lists of strings end with NULL. The reply has "results", one for each device.
 */
struct xdpd_attach {
	size_t size;
	const char *const *devices; /* required */
	const char *netns;	    /* a name, a path, or "default"; not given: the caller's */
	int object;		    /* descriptor of the ELF object; required */
	int mode;		    /* enum xdpd_mode */
	int interop;		    /* enum xdpd_interop */
	int on_failure;		    /* enum xdpd_on_failure */
	const int *libraries;	    /* descriptors */
	size_t n_libraries;
	const char *const
		*signatures; /* texts: of the object, then of each library; "": not signed */
	const char *program; /* needed if the object has several */
	const char *name;
	struct xdpd_number priority; /* lower runs first */
	struct xdpd_number proceed_on;
	struct xdpd_number allow_verdicts;
	const char *const *set;	       /* NAME=VALUE */
	const char *const *share_maps; /* NAME=COMPONENT:MAP or NAME=pin:/PATH */
	const int *pins; /* descriptors of the pinned maps in share_maps, in their order */
	size_t n_pins;
	const char *before; /* name of a neighbour */
	const char *after;
	const char *slot;
	const char *match;
	const char *map_owner;
	const char *map_mode;
	struct xdpd_number expect_generation;
	unsigned int confirm; /* seconds in which xdpd_confirm() must follow */
	bool devbound;
	/* The component is detached when this connection ends, however it ends; but see xdpd_enable_reconnect(). */
	bool while_connected;
	const char *owner; /* that manages the component; NULL: none */
};

struct xdpd_detach {
	size_t size;
	const char *const *devices; /* required */
	const char *netns;
	const char *name; /* or all */
	struct xdpd_number expect_generation;
	unsigned int confirm;
	bool all;
	bool release; /* also stop managing the devices */
};

/* Replaces the program of a component. */
struct xdpd_replace {
	size_t size;
	const char *const *devices; /* required */
	const char *netns;
	const char *name; /* required */
	int object;	  /* required */
	unsigned int confirm;
	const int *libraries;
	size_t n_libraries;
	const char *const *signatures;
	const char *program;
	const char *const *set;
	const char *const *share_maps;
	const int *pins;
	size_t n_pins;
	struct xdpd_number expect_generation;
	bool devbound;
	bool fresh_maps;
	bool allow_map_change;
};

/* Changes the place and other settings of a component; what is not given stays unchanged. */
struct xdpd_set {
	size_t size;
	const char *const *devices; /* required */
	const char *netns;
	const char *name; /* required */
	struct xdpd_number priority;
	struct xdpd_number proceed_on;
	struct xdpd_number allow_verdicts;
	const char *map_owner;
	const char *map_mode;
	const char *before;
	const char *after;
	struct xdpd_number expect_generation;
	unsigned int confirm;
};

/* For xdpd_suspend() and xdpd_resume(). */
struct xdpd_suspend {
	size_t size;
	const char *const *devices; /* required */
	const char *netns;
	struct xdpd_number expect_generation;
	unsigned int confirm;
};

/* For xdpd_status(), xdpd_confirm() and xdpd_revert(). NULL: everything. */
struct xdpd_devices {
	size_t size;
	const char *const *devices; /* not given: all */
	const char *netns;
};

/* Make a request of the struct; everything that it points to may be freed at once. */
int xdpd_request_attach(const struct xdpd_attach *attach, struct xdpd_request **ret,
			struct xdpd_error *error);
int xdpd_request_detach(const struct xdpd_detach *detach, struct xdpd_request **ret,
			struct xdpd_error *error);
int xdpd_request_replace(const struct xdpd_replace *replace, struct xdpd_request **ret,
			 struct xdpd_error *error);
int xdpd_request_set(const struct xdpd_set *set, struct xdpd_request **ret,
		     struct xdpd_error *error);
int xdpd_request_suspend(const struct xdpd_suspend *suspend, struct xdpd_request **ret,
			 struct xdpd_error *error);
int xdpd_request_resume(const struct xdpd_suspend *suspend, struct xdpd_request **ret,
			struct xdpd_error *error);
int xdpd_request_confirm(const struct xdpd_devices *devices, struct xdpd_request **ret,
			 struct xdpd_error *error);
int xdpd_request_revert(const struct xdpd_devices *devices, struct xdpd_request **ret,
			struct xdpd_error *error);
int xdpd_request_status(const struct xdpd_devices *devices, struct xdpd_request **ret,
			struct xdpd_error *error);

/* Make the request and call it, without a limit of time. `ret` may be NULL. */
int xdpd_attach(struct xdpd_connection *connection, const struct xdpd_attach *attach,
		struct xdpd_reply **ret, struct xdpd_error *error);
int xdpd_detach(struct xdpd_connection *connection, const struct xdpd_detach *detach,
		struct xdpd_reply **ret, struct xdpd_error *error);
int xdpd_replace(struct xdpd_connection *connection, const struct xdpd_replace *replace,
		 struct xdpd_reply **ret, struct xdpd_error *error);
int xdpd_set(struct xdpd_connection *connection, const struct xdpd_set *set,
	     struct xdpd_reply **ret, struct xdpd_error *error);
int xdpd_suspend(struct xdpd_connection *connection, const struct xdpd_suspend *suspend,
		 struct xdpd_reply **ret, struct xdpd_error *error);
int xdpd_resume(struct xdpd_connection *connection, const struct xdpd_suspend *suspend,
		struct xdpd_reply **ret, struct xdpd_error *error);
int xdpd_confirm(struct xdpd_connection *connection, const struct xdpd_devices *devices,
		 struct xdpd_reply **ret, struct xdpd_error *error);
int xdpd_revert(struct xdpd_connection *connection, const struct xdpd_devices *devices,
		struct xdpd_reply **ret, struct xdpd_error *error);
int xdpd_status(struct xdpd_connection *connection, const struct xdpd_devices *devices,
		struct xdpd_reply **ret, struct xdpd_error *error);

#ifdef __cplusplus
}
#endif

#endif
