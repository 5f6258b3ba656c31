// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/node.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Of names of namespaces: ip-netns(8). */
#define NETNS_DIRECTORY "/run/netns/"

/*
 * A network namespace. Holding one keeps the namespace and its devices alive in the kernel, so holders
 * release it when its name disappears (netns_is_named()).
 */
struct netns {
	struct node node;
	char *path;  /* as the client named it; NULL: the daemon's own namespace */
	uint64_t id; /* the kernel's inode number */
	int fd;
};

/*
 * Opens the namespace at that path; NULL: the daemon's own. `*ret` has one holder, the caller. Errors:
 * NoSuchNamespace, with the path, if there is no namespace, or if users other than root could change what is
 * there (daemon/kernel/root-path.h).
 */
int netns_open(const char *path, struct netns **ret, struct error *error);

/* Releases the hold on its node; NULL is fine. */
void netns_release(struct netns **netns);

/* The inode number of the namespace that the thread is in; 0: it cannot be read. */
uint64_t netns_own_id(void);

/*
 * Finds the number of the namespace in which the socket was created. For a Unix socket from accept(2) that
 * is the namespace in which the client created its own socket (unix_stream_connect() in net/unix/af_unix.c).
 * Returns 0 or a negative errno.
 */
int netns_of_socket(int socket, uint64_t *ret_id);

/* The path in /run/netns of the namespace with that number, to be freed; NULL: it has none. */
char *netns_find_name(uint64_t id);

/* Is a namespace at that path, which netns_open() has opened before? */
bool netns_exists(const char *path);

/* Is the same namespace still at its path? */
bool netns_is_named(const struct netns *netns);

/*
 * Moves this thread into the namespace until netns_leave(). Visits cannot be nested. Sockets created
 * meanwhile stay in that namespace. -1 in `home_fd`: the thread is in it already, so the visit costs
 * nothing.
 */
struct netns_visit {
	int home_fd;
};
int netns_enter(const struct netns *netns, struct netns_visit *visit, struct error *error);
void netns_leave(struct netns_visit *visit);

/* Initialises variables with cleanup(netns_leave), before netns_enter(). */
#define NETNS_HOME \
	{          \
		-1 \
	}
