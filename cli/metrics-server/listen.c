// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/metrics-server/listen.h"

#include "base/cleanup.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

static int refuse(const char *address, const char *why, struct error *error)
{
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL, "cannot listen on '%s': %s",
			 address, why);
}

static int listen_on(int family, const struct sockaddr *name, socklen_t size, const char *address,
		     int *ret, struct error *error)
{
	cleanup(closep) int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ true }, sizeof(int));
	if (fd < 0 || bind(fd, name, size) < 0 || listen(fd, SOMAXCONN) < 0)
		return refuse(address, errno_name(errno), error);
	*ret = steal_fd(&fd);
	return 0;
}

/* Replaces a socket that an earlier process left; any other file at that path stays. */
static int listen_on_path(const char *address, const char *path, int *ret, struct error *error)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct stat status;

	if (strlen(path) >= sizeof(name.sun_path))
		return refuse(address, "the path is too long", error);
	strcpy(name.sun_path, path);
	if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
		unlink(path);
	return listen_on(AF_UNIX, (struct sockaddr *)&name, sizeof(name), address, ret, error);
}

static int listen_on_host(const char *address, int *ret, struct error *error)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
					.ai_socktype = SOCK_STREAM };
	cleanup(freep) char *copy = strdup(address);
	char *colon = copy ? strrchr(copy, ':') : NULL;
	struct addrinfo *found = NULL;
	char *host = copy;
	int result;

	if (!copy)
		return error_memory(error);
	if (!colon || colon == copy)
		return refuse(address, "use ADDRESS:PORT, [ADDRESS]:PORT or unix:/PATH", error);
	*colon = '\0';
	if (*host == '[' && colon[-1] == ']') {
		host++;
		colon[-1] = '\0';
	}
	result = getaddrinfo(host, colon + 1, &hints, &found);
	if (result != 0)
		return refuse(address, gai_strerror(result), error);
	result = listen_on(found->ai_family, found->ai_addr, found->ai_addrlen, address, ret,
			   error);
	freeaddrinfo(found);
	return result;
}

int listen_find(const char *address, int *ret, struct error *error)
{
	int count = sd_listen_fds(true);

	if (address && !strncmp(address, "unix:/", 6))
		return listen_on_path(address, address + 5, ret, error);
	if (address)
		return listen_on_host(address, ret, error);
	if (count != 1 || !sd_is_socket(SD_LISTEN_FDS_START, AF_UNSPEC, SOCK_STREAM, true))
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "systemd passed %d sockets instead of one that listens; enable "
				 "xdpd-metrics.socket or use --listen",
				 count < 0 ? 0 : count);
	*ret = SD_LISTEN_FDS_START;
	return 0;
}
