#define _GNU_SOURCE
#include "daemon/service/service.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "daemon/service/peer.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define PEERS_MAX 1024

struct service {
	sd_event *loop; /* not owned, as what follows */
	struct control *control;
	const struct features *features;
	const char *linker_why;

	int fd;
	char *path; /* to be removed; NULL if the socket was inherited */
	sd_event_source *source;
	size_t n_peers;
	struct peer *peers[PEERS_MAX];
};

struct control *service_control(const struct service *service)
{
	return service->control;
}

const struct features *service_features(const struct service *service)
{
	return service->features;
}

const char *service_linker_why(const struct service *service)
{
	return service->linker_why;
}

/* Nobody new while there is no room; whoever waits is let in when somebody goes. */
static void set_open(struct service *service, bool open)
{
	sd_event_source_set_enabled(service->source, open ? SD_EVENT_ON : SD_EVENT_OFF);
}

void service_forget(struct service *service, struct peer *peer)
{
	for (size_t i = 0; i < service->n_peers; i++) {
		if (service->peers[i] != peer)
			continue;
		service->peers[i] = service->peers[--service->n_peers];
		peer_drop(&peer);
		set_open(service, true);
		return;
	}
}

static int accept_peer(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct service *service = userdata;
	cleanup(error_done) struct error error = {};
	int connection;

	(void)source;
	(void)events;
	connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (connection < 0 && (errno == EMFILE || errno == ENFILE) && service->n_peers > 0) {
		log_warning("no file descriptors left: new clients wait");
		set_open(service, false);
	}
	if (connection < 0)
		return 0;
	if (peer_new(service->loop, service, connection, &service->peers[service->n_peers],
		     &error) < 0) {
		log_warning("%s", error.message ?: "out of memory");
		return 0;
	}
	if (++service->n_peers == PEERS_MAX)
		set_open(service, false);
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

/* A socket file without a daemon behind it, as a killed one leaves it, is taken away. */
static int remove_stale(const struct sockaddr_un *address, struct error *error)
{
	cleanup(closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return refuse(address->sun_path, -errno, error);
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -EADDRINUSE,
				 "another daemon serves on '%s'", address->sun_path);
	if (errno != ECONNREFUSED)
		return errno == ENOENT ? 0 : refuse(address->sun_path, -errno, error);
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

void service_drop(struct service **slot)
{
	struct service *service = steal(*slot);

	if (!service)
		return;
	while (service->n_peers > 0)
		peer_drop(&service->peers[--service->n_peers]);
	sd_event_source_disable_unref(service->source);
	closep(&service->fd);
	if (service->path)
		unlink(service->path);
	free(service->path);
	free(service);
}

int service_new(sd_event *loop, struct control *control, const struct features *features,
		const char *linker_why, const char *path, int inherited_fd, struct service **ret,
		struct error *error)
{
	cleanup(service_drop) struct service *service = calloc(1, sizeof(*service));
	int result = 0;

	if (!service)
		return error_memory(error);
	service->loop = loop;
	service->control = control;
	service->features = features;
	service->linker_why = linker_why;
	service->fd = inherited_fd;
	if (inherited_fd < 0)
		result = listen_on(path, &service->fd, error);
	if (result < 0)
		return result;
	if (inherited_fd < 0 && !(service->path = strdup(path)))
		return error_memory(error);
	result = sd_event_add_io(loop, &service->source, service->fd, EPOLLIN, accept_peer,
				 service);
	if (result < 0)
		return refuse(path, result, error);
	*ret = steal(service);
	return 0;
}
