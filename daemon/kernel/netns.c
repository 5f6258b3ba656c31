// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/netns.h"

#include "base/cleanup.h"
#include "base/directory.h"
#include "daemon/kernel/root-path.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define OWN "/proc/thread-self/ns/net"

static void netns_destroy(struct node *node)
{
	struct netns *netns = (struct netns *)node;

	closep(&netns->fd);
	free(netns->path);
}

static const struct node_type netns_type = { "namespace", netns_destroy };

void netns_release(struct netns **netns)
{
	struct node *node = (struct node *)steal(*netns);

	node_release(&node);
}

/* Opens the namespace at that path. Returns an fd, or a negative errno. */
static int open_path(const char *path, uint64_t *ret_id)
{
	cleanup(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct statfs system;
	struct stat status;

	if (fd < 0 || fstatfs(fd, &system) < 0 || fstat(fd, &status) < 0)
		return -errno;
	if ((unsigned long)system.f_type != NSFS_MAGIC || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return -EINVAL;
	*ret_id = status.st_ino;
	return steal_fd(&fd);
}

int netns_open(const char *path, struct netns **ret, struct error *error)
{
	cleanup(freep) struct netns *netns = calloc(1, sizeof(*netns));
	cleanup(freep) char *copy = path ? strdup(path) : NULL;
	cleanup(closep) int fd = -1;

	if (!netns || (path && !copy))
		return error_memory(error);
	fd = path ? root_path_check(path) : 0;
	if (fd == -EPERM)
		return error_set(
			error, ERROR_NO_SUCH_NAMESPACE, fd,
			"cannot take a network namespace from '%s': only root may be able to "
			"change the path, and it may not lead through a link in /proc",
			path);
	if (fd == 0)
		fd = open_path(path ?: OWN, &netns->id);
	if (fd < 0)
		return error_set(error, ERROR_NO_SUCH_NAMESPACE, fd,
				 fd == -EINVAL ? "'%s' is not a network namespace"
					       : "no network namespace '%s': %s",
				 path ?: OWN, errno_name(fd));
	if (node_init(&netns->node, &netns_type, 0, NULL) < 0)
		return error_memory(error);
	netns->path = steal(copy);
	netns->fd = steal_fd(&fd);
	*ret = steal(netns);
	return 0;
}

uint64_t netns_own_id(void)
{
	struct stat status;

	return stat(OWN, &status) < 0 ? 0 : status.st_ino;
}

int netns_of_socket(int socket, uint64_t *ret_id)
{
	cleanup(closep) int fd = ioctl(socket, SIOCGSKNS);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	*ret_id = status.st_ino;
	return 0;
}

struct name_search {
	uint64_t id;
	char *found;
};

static void look_at_name(int directory, const char *name, void *userdata)
{
	struct name_search *search = userdata;
	cleanup(freep) char *path = NULL;
	cleanup(closep) int fd = -1;
	uint64_t id;

	(void)directory;
	if (search->found)
		return;
	if (asprintf(&path, NETNS_DIRECTORY "%s", name) < 0) {
		path = NULL;
		return;
	}
	fd = open_path(path, &id);
	if (fd >= 0 && id == search->id)
		search->found = steal(path);
}

char *netns_find_name(uint64_t id)
{
	struct name_search search = { .id = id };

	directory_each(AT_FDCWD, NETNS_DIRECTORY, look_at_name, &search);
	return search.found;
}

bool netns_exists(const char *path)
{
	cleanup(closep) int fd = -1;
	uint64_t id;

	fd = open_path(path, &id);
	return fd >= 0;
}

bool netns_is_named(const struct netns *netns)
{
	cleanup(closep) int fd = -1;
	uint64_t id;

	if (!netns->path)
		return true;
	fd = open_path(netns->path, &id);
	return fd >= 0 ? id == netns->id : errno_is_passing(fd);
}

int netns_enter(const struct netns *netns, struct netns_visit *visit, struct error *error)
{
	cleanup(closep) int home = -1;

	if (!netns->path)
		return 0;
	home = open(OWN, O_RDONLY | O_CLOEXEC);
	if (home < 0 || setns(netns->fd, CLONE_NEWNET) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot enter the network namespace '%s': %s", netns->path,
				 errno_name(errno));
	visit->home_fd = steal_fd(&home);
	return 0;
}

void netns_leave(struct netns_visit *visit)
{
	if (visit->home_fd >= 0 && setns(visit->home_fd, CLONE_NEWNET) < 0)
		abort(); /* anything done next would change the wrong devices */
	closep(&visit->home_fd);
}
