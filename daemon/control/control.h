// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pins/orphans.h"
#include "daemon/control/trace/trace.h"
#include "daemon/control/transaction/change.h"
#include "daemon/control/transaction/job.h"
#include "daemon/events/events.h"
#include "daemon/state/registry.h"
#include "daemon/state/signed-objects.h"

#include <systemd/sd-event.h>

/* The wanted chains, what runs them, and the queue of changes to them. */
struct control;
struct change_stats;
struct test_options;

struct control_options {
	const char *state_directory;
	const char *bpffs;	      /* directory for the pins */
	const char *map_owner_socket; /* of the helper that changes owners of pins */
	uint64_t quiet;		 /* microseconds a chain must be left alone before it is fused */
	uint64_t change_timeout; /* microseconds that a job of a change may take */
	/* Microseconds in which clients of an earlier daemon may claim leases. */
	uint64_t reconnect_time;
	const struct signing_rules *signing; /* copied */
	struct events *events;		     /* where what happens is reported; outlives it */
	/* fd (daemon/control/pins/backup-pins.h), which outlives it; -1: there are none */
	int backup_pins;
};

/*
 * Takes the linker over, also on failure, and recovers what earlier daemons left. What is wanted and not
 * linked yet, for example after a reboot, is queued: control_is_idle() tells when that is done.
 */
int control_new(sd_event *loop, struct linker *linker, const struct control_options *options,
		struct control **ret, struct error *error);

/* Is there nothing in the queue? */
bool control_is_idle(const struct control *control);

/* For changes that begin from now on. */
void control_set_timeout(struct control *control, uint64_t usec);

/* For changes that begin from now on; reports what they do not trust. The rules stay the caller's. */
void control_set_signing(struct control *control, const struct signing_rules *rules);

/*
 * Did a change take longer than that? Then it was reported and the loop ended: a thread cannot be ended by
 * force, but a process can at any time.
 */
bool control_is_stuck(const struct control *control);

/*
 * Waits for the running job, at most that long. False: the job still runs, which was logged, and
 * control_drop() must not be called: the process has to end as if it were killed. NULL is fine.
 */
bool control_stop(struct control *control, uint64_t usec);

/*
 * Waits for the running job, and frees everything except what is pinned: packets still run it. NULL is fine.
 */
void control_drop(struct control **control);

/*
 * Puts a change in the queue and takes it over, also on failure. `done` gets a struct change_result and is never called
 * before this returns; NULL: no client waits for the answer.
 */
int control_submit(struct control *control, struct change *change, job_done done, void *userdata,
		   struct error *error);

/* The same for a verification, whose result is struct findings (daemon/control/recovery/verify.h). */
int control_verify(struct control *control, bool repair, struct job_turn turn, job_done done,
		   void *userdata, struct error *error);

/*
 * Looks again for devices that drop packets which chains redirect to them, when nothing else is to be done,
 * and at most once a second. Status shows what was found last; to find it out takes locks of the kernel, so
 * it cannot be done on the loop.
 */
void control_look_at_redirects(struct control *control);

/*
 * The same for a test (daemon/control/test/test.h), whose result is struct packet_tests. Takes `change` over, also on
 * failure, and the packets on success.
 */
int control_test(struct control *control, struct change *change, struct test_options *options,
		 job_done done, void *userdata, struct error *error);

/* Where clients begin traces (daemon/control/trace/trace.h). */
struct tracers *control_tracers(const struct control *control);

/*
 * Has the kernel announced a device that does not run its wanted chain yet? Then `ready` can be called on the
 * loop as soon as no such device is left.
 */
bool control_is_linking(struct control *control);
int control_when_linked(struct control *control, void (*ready)(void *userdata), void *userdata,
			struct error *error);

/*
 * The client of that userdata has disconnected: its `ready` is no longer called, and its request is dropped
 * unless it has started, or even then if possible. True: it runs, and its `done` will be called; false:
 * `done` will not be called.
 */
bool control_forget(struct control *control, void *userdata);

/*
 * For clients whose components are detached when they disconnect: begins a lease, whose number is in `*ret`, claims
 * one from an earlier daemon, and ends it (daemon/control/leases.h).
 */
int control_begin_lease(struct control *control, uint64_t *ret, struct error *error);
int control_begin_keyed_lease(struct control *control, const char *key, uint64_t *ret,
			      struct error *error);
bool control_claim_lease(struct control *control, const char *key, uint64_t *ret);
bool control_lease_is_awaited(const struct control *control, uint64_t lease);
void control_end_lease(struct control *control, uint64_t lease);

/* The committed state. To be read on the loop, before any other function is called. */
const struct registry *control_registry(const struct control *control);
const struct pin_directories *control_pin_directories(const struct control *control);
const struct linker *control_linker(const struct control *control);
const struct signing *control_signing(const struct control *control);
const struct object_store *control_store(const struct control *control);

/* Counts of changes. */
const struct change_stats *control_change_stats(const struct control *control);

/* Where what happens is reported. */
struct events *control_events(const struct control *control);

/* Devices that run a chain without a record. */
const struct orphans *control_orphans(const struct control *control);
