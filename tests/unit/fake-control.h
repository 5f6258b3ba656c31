// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

/* The service on a socket of its own, with a fake control behind it, and clients. */
#include "base/cleanup.h"
#include "daemon/control/change-stats.h"
#include "daemon/events/events.h"
#include "daemon/linkers/linker.h"
#include "daemon/service/service.h"
#include "daemon/state/registry.h"
#include "ipc/stream.h"
#include "ipc/validate.h"
#include "tests/unit/test.h"

/* Replaces daemon/control: changes wait in a queue until the test finishes them. */
struct submitted {
	struct change *change;
	job_done done;
	void *userdata;
};

struct control {
	size_t n_submitted;
	struct submitted submitted[8];
	size_t n_leases, n_ended_leases;
	size_t n_forgotten; /* how many of the submitted changes were forgotten */
	bool is_linking;
	size_t n_waiting;
	struct waiting {
		void (*ready)(void *userdata);
		void *userdata;
	} waiting[8];
	bool too_late; /* changes cannot be forgotten, because they run already */
	char *name;    /* of the component in results; NULL: "fw" */
	struct registry registry;
	struct events *events;
	struct change_stats stats;
	const struct linker *linker;
};

struct world {
	sd_event *loop;
	struct control control;
	struct features features;
	struct linker_type linker_type;
	struct linker linker;
	struct settings settings;
	char why[400000]; /* of the linker in use; makes the answer of Features long */
	struct spawner spawner;
	struct receivers *receivers;
	struct context context;
	struct service *service;
	char directory[32];
	char path[64];
};

#define GET_INFO "{\"method\":\"org.varlink.service.GetInfo\"}"
#define STATUS	 "{\"method\":\"io.xdpd.Status\"}"
#define NOBODY	 65534 /* a user and a group other than root's */

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* `*state` becomes a world. What is not decided when it ends fails. */
int set_up(void **state);
int tear_down(void **state);

/* Answers the oldest change, with a result for its first device. */
void finish(struct world *world, const struct error *error);

/* Lets the service do everything that it can do now. */
void run(struct world *world);

/* Connects a client, in the second case until the service has noticed it; end it with done(). */
void client_connect(struct world *world, struct stream *client);
void client_init(struct world *world, struct stream *client);
void done(struct stream *client);

/* The next reply, to be freed; NULL: there is none. */
json_t *receive(struct world *world, struct stream *client);

/* Sends a message; ask() also receives the answer. */
void send_text(struct world *world, struct stream *client, const char *text, const struct fds *fds);
json_t *ask(struct world *world, struct stream *client, const char *text);

/*
 * Has the service disconnected the client? It need not have read everything that the client sent.
 */
bool is_hung_up(struct world *world, struct stream *client);

/* Takes the reply, which must be that error, with these words in its sentence. */
void fails(json_t *reply, const char *name, const char *sentence);

/* Takes the reply, which must be a success. */
void succeeds(json_t *reply, const struct method *method);

/* Sends an Attach with the descriptor of a file with these bytes. */
void send_attach(struct world *world, struct stream *client, const char *options);

/* Connects as a user and a group other than root's. */
void spectator_init(struct world *world, struct stream *client);
void skip_unless_root(void);

/* Collects what is written to stderr until log_end(). */
struct log_capture {
	int file;
	int before;
	char text[4096];
};

void log_begin(struct log_capture *log);
const char *log_end(struct log_capture *log);
