// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "tests/unit/fake-control.h"

#include "daemon/control/pins/orphans.h"
#include "daemon/state/registry.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

int control_submit(struct control *control, struct change *change, job_done done, void *userdata,
		   struct error *error)
{
	if (control->n_submitted == array_size(control->submitted)) {
		change_drop(&change);
		return error_memory(error);
	}
	control->submitted[control->n_submitted++] = (struct submitted){ change, done, userdata };
	return 0;
}

int control_verify(struct control *control, bool repair, struct job_turn turn, job_done done,
		   void *userdata, struct error *error)
{
	(void)control, (void)repair, (void)turn, (void)done, (void)userdata;
	return error_set(error, ERROR_INTERNAL, -ENOSYS, "there is nothing to verify");
}

void control_look_at_redirects(struct control *control)
{
	(void)control;
}

int control_test(struct control *control, struct change *change, struct test_options *options,
		 job_done done, void *userdata, struct error *error)
{
	(void)control, (void)options, (void)done, (void)userdata;
	change_drop(&change);
	return error_set(error, ERROR_INTERNAL, -ENOSYS, "there is nothing to test");
}

bool control_is_linking(struct control *control)
{
	return control->is_linking;
}

int control_when_linked(struct control *control, void (*ready)(void *userdata), void *userdata,
			struct error *error)
{
	(void)error;
	assert_true(control->n_waiting < array_size(control->waiting));
	control->waiting[control->n_waiting++] = (struct waiting){ ready, userdata };
	return 0;
}

bool control_forget(struct control *control, void *userdata)
{
	for (size_t i = 0; i < control->n_submitted && !control->too_late; i++) {
		if (control->submitted[i].userdata != userdata)
			continue;
		control->submitted[i].done = NULL;
		control->n_forgotten++;
	}
	return control->too_late;
}

int control_begin_lease(struct control *control, uint64_t *ret, struct error *error)
{
	(void)error;
	*ret = ++control->n_leases;
	return 0;
}

int control_begin_keyed_lease(struct control *control, const char *key, uint64_t *ret,
			      struct error *error)
{
	(void)control;
	(void)error;
	*ret = lease_number(key);
	return 0;
}

bool control_claim_lease(struct control *control, const char *key, uint64_t *ret)
{
	(void)control;
	(void)key;
	(void)ret;
	return false;
}

bool control_lease_is_awaited(const struct control *control, uint64_t lease)
{
	(void)control;
	(void)lease;
	return false;
}

void control_end_lease(struct control *control, uint64_t lease)
{
	if (lease != LEASE_NONE)
		control->n_ended_leases++;
}

const struct registry *control_registry(const struct control *control)
{
	return &control->registry;
}

const struct orphans *control_orphans(const struct control *control)
{
	static const struct orphans none;

	(void)control;
	return &none;
}

const struct signing *control_signing(const struct control *control)
{
	static const struct signing nothing;

	(void)control;
	return &nothing;
}

const struct object_store *control_store(const struct control *control)
{
	(void)control;
	return NULL;
}

const struct linker *control_linker(const struct control *control)
{
	return control->linker;
}

const struct pin_directories *control_pin_directories(const struct control *control)
{
	static const struct pin_directories nowhere;

	(void)control;
	return &nowhere;
}

const struct change_stats *control_change_stats(const struct control *control)
{
	return &control->stats;
}

struct tracers *control_tracers(const struct control *control)
{
	(void)control;
	return NULL;
}

struct events *control_events(const struct control *control)
{
	return control->events;
}

int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	strcpy(world->directory, "/tmp/xdpd-unit-XXXXXX");
	assert_non_null(mkdtemp(world->directory));
	snprintf(world->path, sizeof(world->path), "%s/a/b/socket", world->directory);
	world->linker_type = linker_fused;
	world->linker.type = &world->linker_type;
	world->control.linker = &world->linker;
	settings_init(&world->settings);
	strcpy(world->why, "a test");
	assert_return_code(sd_event_new(&world->loop), 0);
	assert_int_equal(spawner_start(&world->spawner, NULL), 0);
	assert_int_equal(receivers_new(world->loop, &world->spawner, &world->receivers, NULL), 0);
	assert_int_equal(events_new(&world->control.events, NULL), 0);
	world->context = (struct context){ &world->control, world->receivers, &world->features,
					   world->why, &world->settings };
	assert_int_equal(
		service_new(world->loop, &world->context, world->path, -1, &world->service, NULL),
		0);
	*state = world;
	return 0;
}

void finish(struct world *world, const struct error *error)
{
	struct submitted *first = &world->control.submitted[0];
	struct device_result device = { .ifname = first->change->devices[0].ifname,
					.ifindex = 3,
					.name = world->control.name ?: "fw",
					.generation = 1,
					.mode = MODE_NATIVE };
	struct change_result result = { first->change->kind, 1, &device };

	if (first->done)
		first->done(first->userdata, error ? NULL : &result, error);
	change_drop(&first->change);
	memmove(first, first + 1, --world->control.n_submitted * sizeof(*first));
}

int tear_down(void **state)
{
	struct world *world = *state;
	char path[64];

	cleanup(error_done) struct error error = {};

	service_drop(&world->service);
	assert_int_equal(access(world->path, F_OK), -1);
	error_set(&error, ERROR_INTERNAL, -ECANCELED, "the end");
	while (world->control.n_submitted > 0)
		finish(world, &error);
	events_drop(&world->control.events);
	receivers_drop(&world->receivers);
	spawner_stop(&world->spawner);
	sd_event_unref(world->loop);
	snprintf(path, sizeof(path), "%s/a/b", world->directory);
	assert_return_code(rmdir(path), errno);
	snprintf(path, sizeof(path), "%s/a", world->directory);
	assert_return_code(rmdir(path), errno);
	assert_return_code(rmdir(world->directory), errno);
	free(world);
	return 0;
}

void run(struct world *world)
{
	while (sd_event_run(world->loop, receivers_are_busy(world->receivers) ? 10000000 : 0) > 0)
		;
}

void client_connect(struct world *world, struct stream *client)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, world->path);
	assert_return_code(connect(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	stream_init(client, fd, SIZE_MAX - 1);
}

void client_init(struct world *world, struct stream *client)
{
	client_connect(world, client);
	run(world);
}

json_t *receive(struct world *world, struct stream *client)
{
	struct fds fds = {};

	for (;;) {
		cleanup(freep) char *message = stream_next(client, &fds);

		if (message)
			return json_loads(message, 0, NULL);
		run(world);
		if (stream_read(client) <= 0)
			return NULL;
	}
}

void send_text(struct world *world, struct stream *client, const char *text, const struct fds *fds)
{
	assert_int_equal(stream_write(client, text, fds), 0);
	while (stream_flush(client) == -EAGAIN)
		run(world);
	run(world);
}

json_t *ask(struct world *world, struct stream *client, const char *text)
{
	send_text(world, client, text, NULL);
	return receive(world, client);
}

bool is_hung_up(struct world *world, struct stream *client)
{
	int result;

	run(world);
	result = stream_read(client);
	return result == 0 || result == -ECONNRESET;
}

void fails(json_t *reply, const char *name, const char *sentence)
{
	const json_t *parameters = json_object_get(reply, "parameters");

	assert_string_equal(json_string_value(json_object_get(reply, "error")), name);
	if (sentence)
		assert_string_equal(json_string_value(json_object_get(parameters, "message")),
				    sentence);
	json_decref(reply);
}

void succeeds(json_t *reply, const struct method *method)
{
	cleanup(error_done) struct error error = {};
	const json_t *parameters = json_object_get(reply, "parameters");

	assert_non_null(reply);
	assert_null(json_object_get(reply, "error"));
	if (method && fields_validate(method->out, parameters, method->name, &error) < 0)
		fail_msg("%s", error.message);
	json_decref(reply);
}

void send_attach(struct world *world, struct stream *client, const char *options)
{
	cleanup(closep) int fd = memfd_create("fw.o", MFD_CLOEXEC);
	struct fds fds = { 1, { fd } };
	cleanup(freep) char *text = NULL;

	assert_return_code(write(fd, "bytes", 5), errno);
	assert_true(
		asprintf(&text,
			 "{\"method\":\"io.xdpd.Attach\",\"parameters\":{\"devices\":[\"eth0\"],"
			 "\"object\":0}%s}",
			 options) > 0);
	send_text(world, client, text, &fds);
}

void done(struct stream *client)
{
	stream_done(client);
}

void spectator_init(struct world *world, struct stream *client)
{
	assert_return_code(chmod(world->directory, 0755), errno);
	assert_return_code(setegid(NOBODY), errno);
	assert_return_code(seteuid(NOBODY), errno);
	client_connect(world, client);
	assert_return_code(seteuid(0), errno);
	assert_return_code(setegid(0), errno);
	run(world);
}

void skip_unless_root(void)
{
	if (geteuid() != 0)
		skip();
}

void log_begin(struct log_capture *log)
{
	log->file = memfd_create("stderr", MFD_CLOEXEC);
	log->before = dup(STDERR_FILENO);
	dup2(log->file, STDERR_FILENO);
}

const char *log_end(struct log_capture *log)
{
	ssize_t length;

	dup2(log->before, STDERR_FILENO);
	close(log->before);
	length = pread(log->file, log->text, sizeof(log->text) - 1, 0);
	close(log->file);
	log->text[length > 0 ? length : 0] = '\0';
	return log->text;
}
