#pragma once

#include "base/node.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A network namespace. Holding one keeps it, and the devices in it, alive in the kernel, so that
 * whoever holds one lets it go when its name does (netns_is_named()).
 */
struct netns {
	struct node node;
	char *path;  /* as somebody named it; NULL: the process's own */
	uint64_t id; /* the kernel's inode number */
	int fd;
};

/*
 * The namespace at that path; NULL: the process's own. Errors: NoSuchNamespace, with the path, when
 * there is nothing, or something else, or others than root could change what is there
 * (daemon/kernel/root-path.h). `*ret` has one holder, the caller.
 */
int netns_open(const char *path, struct netns **ret, struct error *error);

/* Takes its node's hold away; NULL is fine. */
void netns_release(struct netns **netns);

/* The kernel's number of the namespace that the thread is in; 0: it cannot be determined. */
uint64_t netns_own_id(void);

/*
 * The number of the namespace in which the socket was created; of one from accept(2) on a Unix socket,
 * that in which the client created its own (unix_stream_connect() in net/unix/af_unix.c). Negative errno.
 */
int netns_of_socket(int socket, uint64_t *ret_id);

/* The path in /run/netns of the namespace of that number, to be freed; NULL: it has none. */
char *netns_find_name(uint64_t id);

/* Is there a namespace at that path, which netns_open() took one from before? */
bool netns_exists(const char *path);

/* Is that still what is at its path? */
bool netns_is_named(const struct netns *netns);

/*
 * This thread works in that namespace until netns_leave(); not nested. Sockets made meanwhile stay in
 * it. -1 in `home_fd` means that it is there already, and it costs nothing.
 */
struct netns_visit {
	int home_fd;
};
int netns_enter(const struct netns *netns, struct netns_visit *visit, struct error *error);
void netns_leave(struct netns_visit *visit);

/* For variables with cleanup(netns_leave), before netns_enter(). */
#define NETNS_HOME \
	{          \
		-1 \
	}
