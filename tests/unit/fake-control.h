#pragma once

/* The service on a socket of its own, what stands in for control behind it, and clients. */
#include "base/cleanup.h"
#include "daemon/control/change-stats.h"
#include "daemon/events/events.h"
#include "daemon/linkers/linker.h"
#include "daemon/service/service.h"
#include "daemon/state/registry.h"
#include "ipc/stream.h"
#include "ipc/validate.h"
#include "tests/unit/test.h"

/* In the place of daemon/control: changes wait in a queue until the test finishes them. */
struct submitted {
	struct change *change;
	job_done done;
	void *userdata;
};

struct control {
	size_t n_submitted;
	struct submitted submitted[8];
	size_t n_forgotten; /* of those submitted */
	bool is_linking;
	size_t n_waiting;
	struct waiting {
		void (*ready)(void *userdata);
		void *userdata;
	} waiting[8];
	bool too_late; /* to forget: they are under way */
	char *name;    /* of components in results; NULL: "fw" */
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
	char why[400000]; /* the linker is the one in use: makes the answer of Features long */
	struct spawner spawner;
	struct receivers *receivers;
	struct context context;
	struct service *service;
	char directory[32];
	char path[64];
};

#define GET_INFO "{\"method\":\"org.varlink.service.GetInfo\"}"
#define STATUS	 "{\"method\":\"io.xdpd.Status\"}"
#define NOBODY	 65534 /* a user and a group that are not root's */

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* `*state` is a world; what is left to be decided at its end fails. */
int set_up(void **state);
int tear_down(void **state);

/* Answers the oldest change with a result for its first device. */
void finish(struct world *world, const struct error *error);

/* Lets the service do all that it can do now. */
void run(struct world *world);

/* A client that has connected, and one that the service has noticed, too; end it with done(). */
void client_connect(struct world *world, struct stream *client);
void client_init(struct world *world, struct stream *client);
void done(struct stream *client);

/* The next reply, to be freed; NULL if there is none. */
json_t *receive(struct world *world, struct stream *client);

/* Sends a message; ask() receives the answer, too. */
void send_text(struct world *world, struct stream *client, const char *text, const struct fds *fds);
json_t *ask(struct world *world, struct stream *client, const char *text);

/* With or without having read all that it sent. */
bool is_hung_up(struct world *world, struct stream *client);

/* The reply is that error, with that in the sentence; takes the reply. */
void fails(json_t *reply, const char *name, const char *sentence);

/* Takes the reply. */
void succeeds(json_t *reply, const struct method *method);

/* Sends an Attach with a file descriptor of a file with these bytes. */
void send_attach(struct world *world, struct stream *client, const char *options);

/* Connects as a user and a group that are not root's. */
void spectator_init(struct world *world, struct stream *client);
void skip_unless_root(void);

/* What is written to stderr from now on, until log_end(). */
struct log_capture {
	int file;
	int before;
	char text[4096];
};

void log_begin(struct log_capture *log);
const char *log_end(struct log_capture *log);
