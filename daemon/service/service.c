// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/service/service.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "daemon/service/dispatch.h"
#include "daemon/service/holders-query.h"
#include "daemon/service/in-flight.h"
#include "daemon/service/peer.h"
#include "daemon/service/refused-files.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* Microseconds to wait before connections are accepted again after a failure. */
#define PAUSE 1000000

struct service {
	sd_event *loop; /* not owned */
	struct context context;
	struct quota quota;

	int fd;
	char *path; /* to be removed at the end; NULL: the socket was inherited */
	sd_event_source *source;
	sd_event_source
		*pause; /* set while no connection is accepted because something is exhausted */
	struct in_flight_list in_flight;
	struct refused_files refused_files;
	size_t n_peers;
	struct peer **peers;
};

size_t service_buffered(const struct service *service)
{
	return quota_buffered(&service->quota);
}

void service_settings_changed(struct service *service)
{
	for (size_t i = 0; i < service->n_peers; i++)
		peer_settings_changed(service->peers[i]);
}

static int pause_ends(sd_event_source *source, uint64_t time, void *userdata)
{
	struct service *service = userdata;

	(void)source;
	(void)time;
	sd_event_source_set_enabled(service->source, SD_EVENT_ON);
	return 0;
}

static void begin_pause(struct service *service, int failure)
{
	log_warning("cannot accept a connection: %s; clients wait for a second",
		    errno_name(failure));
	sd_event_source_set_time_relative(service->pause, PAUSE);
	sd_event_source_set_enabled(service->pause, SD_EVENT_ONESHOT);
	sd_event_source_set_enabled(service->source, SD_EVENT_OFF);
}

/* A change that the client asked for may continue; it is logged when it is decided. */
static void close_peer(struct service *service, struct peer *peer)
{
	in_flight_forget(&service->in_flight, peer);
	holders_query_forget(service->context.holders_query, peer);
	peer_drop(&peer);
}

static void peer_closed(void *userdata, struct peer *peer)
{
	struct service *service = userdata;

	for (size_t i = 0; i < service->n_peers; i++) {
		if (service->peers[i] != peer)
			continue;
		service->peers[i] = service->peers[--service->n_peers];
		peer_lease_end(peer); /* not when the daemon stops: what runs is kept then */
		close_peer(service, peer);
		return;
	}
}

static const struct peer_events peer_events = { dispatch_message, dispatch_waits_for_devices,
						peer_closed };

static int let_in(struct service *service, struct peer **peer, struct error *error)
{
	struct peer **longer;
	int result = peer_count(*peer, error);

	if (result < 0)
		return result;
	longer = reallocarray(service->peers, service->n_peers + 1, sizeof(*longer));
	if (!longer)
		return error_memory(error);
	service->peers = longer;
	service->peers[service->n_peers++] = steal(*peer);
	return 0;
}

static void add_peer(struct service *service, int connection)
{
	cleanup(error_done) struct error error = {};
	cleanup(peer_drop) struct peer *peer = NULL;

	if (peer_new(service->loop, &service->context, &peer_events, service, connection, &peer,
		     &error) < 0)
		log_warning("%s", error.message ?: "out of memory");
	else if (let_in(service, &peer, &error) < 0)
		peer_fail(peer, &error); /* the socket of a new connection has room for that */
}

static int accept_peer(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct service *service = userdata;
	int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)events;
	if (connection >= 0)
		add_peer(service, connection);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		begin_pause(service, errno);
	return 0;
}

static int refuse(const char *path, int failure, struct error *error)
{
	return error_set(error, ERROR_KERNEL_REFUSED, failure, "cannot listen on '%s': %s", path,
			 errno_name(failure));
}

static int make_parents(const char *path, struct error *error)
{
	cleanup(freep) char *copy = strdup(path);

	if (!copy)
		return error_memory(error);
	for (char *slash = copy; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			return refuse(path, -errno, error);
		*slash = '/';
	}
	return 0;
}

/* Removes a socket file without a daemon, which a killed daemon leaves. */
static int remove_stale(const struct sockaddr_un *address, struct error *error)
{
	cleanup(closep) int fd = -1;
	struct stat status;

	if (lstat(address->sun_path, &status) < 0)
		return errno == ENOENT ? 0 : refuse(address->sun_path, -errno, error);
	if (!S_ISSOCK(status.st_mode))
		return error_set(error, ERROR_KERNEL_REFUSED, -EEXIST,
				 "cannot listen on '%s': it exists and is not a socket",
				 address->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return refuse(address->sun_path, -errno, error);
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN)
		return error_set(error, ERROR_KERNEL_REFUSED, -EADDRINUSE,
				 "another daemon is already listening on '%s'", address->sun_path);
	if (errno != ECONNREFUSED)
		return refuse(address->sun_path, -errno, error);
	unlink(address->sun_path);
	return 0;
}

static int listen_on(const char *path, int *ret, struct error *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	cleanup(closep) int fd = -1;
	int result;

	if (strlen(path) >= sizeof(address.sun_path))
		return refuse(path, -ENAMETOOLONG, error);
	strcpy(address.sun_path, path);
	result = make_parents(path, error);
	if (result == 0)
		result = remove_stale(&address, error);
	if (result < 0)
		return result;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(path, 0666) < 0 || listen(fd, SOMAXCONN) < 0)
		return refuse(path, -errno, error);
	*ret = steal_fd(&fd);
	return 0;
}

bool service_stop(struct service *service, uint64_t usec)
{
	return !service || holders_query_stop(service->context.holders_query, usec);
}

void service_drop(struct service **p)
{
	struct service *service = steal(*p);

	if (!service)
		return;
	while (service->n_peers > 0)
		close_peer(service, service->peers[--service->n_peers]);
	in_flight_abandon(&service->in_flight);
	holders_query_drop(&service->context.holders_query);
	refused_files_done(&service->refused_files);
	sd_event_source_disable_unref(service->pause);
	sd_event_source_disable_unref(service->source);
	if (service->path) {
		unlink(service->path); /* before another daemon could find it stale, and use the name */
		receivers_close(service->context.receivers, &service->fd, 0,
				false); /* and the connections in its queue */
	}
	closep(&service->fd); /* an inherited one: systemd keeps it open, and its queue for the next daemon */
	free(service->path);
	free(service->peers);
	free(service);
}

int service_new(sd_event *loop, const struct context *context, const char *path, int inherited_fd,
		struct service **ret, struct error *error)
{
	cleanup(service_drop) struct service *service = calloc(1, sizeof(*service));
	int result = 0;

	if (!service)
		return error_memory(error);
	service->loop = loop;
	quota_init(&service->quota, loop, context->settings, context->receivers,
		   control_events(context->control));
	service->context = *context;
	service->context.quota = &service->quota;
	service->context.in_flight = &service->in_flight;
	service->context.refused_files = &service->refused_files;
	LIST_INIT(&service->in_flight);
	service->fd = inherited_fd;
	result = holders_query_new(loop, control_pin_directories(context->control),
				   &service->context.holders_query, error);
	if (result < 0)
		return result;
	if (inherited_fd < 0)
		result = listen_on(path, &service->fd, error);
	else if (fcntl(inherited_fd, F_SETFL, O_NONBLOCK) < 0)
		result = refuse(path, -errno, error);
	if (result < 0)
		return result;
	if (inherited_fd < 0 && !(service->path = strdup(path)))
		return error_memory(error);
	result = sd_event_add_time_relative(loop, &service->pause, CLOCK_MONOTONIC, PAUSE, 0,
					    pause_ends, service);
	if (result >= 0)
		result = sd_event_source_set_enabled(service->pause, SD_EVENT_OFF);
	if (result >= 0)
		result = sd_event_add_io(loop, &service->source, service->fd, EPOLLIN, accept_peer,
					 service);
	if (result < 0)
		return refuse(path, result, error);
	*ret = steal(service);
	return 0;
}
