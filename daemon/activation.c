// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/activation.h"

#include "base/cleanup.h"
#include "daemon/kernel/bpffs/bpffs.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

/* The names under which the service manager stores the descriptors. */
#define HELD_BPFFS "bpffs"
#define NEW_BPFFS  "new-bpffs"

static void free_names(char ***names)
{
	for (char **name = *names; name && *name; name++)
		free(*name);
	free(*names);
}

void activation_done(struct activation *activation)
{
	closep(&activation->socket);
	closep(&activation->bpffs);
}

static int hold(const char *name, int fd)
{
	char state[64];

	snprintf(state, sizeof(state), "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);
	return sd_pid_notify_with_fds(0, false, state, &fd, 1);
}

static void let_go(const char *name)
{
	sd_notifyf(false, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

static int add(struct activation *activation, int fd, const char *name, int *new_bpffs,
	       struct error *error)
{
	bool is_bpffs = !strcmp(name, HELD_BPFFS), is_new = !strcmp(name, NEW_BPFFS);
	int *place = is_bpffs ? &activation->bpffs : is_new ? new_bpffs : &activation->socket;

	if (!is_bpffs && !is_new && sd_is_socket(fd, AF_UNIX, SOCK_STREAM, -1) <= 0) {
		let_go(name);
		closep(&fd);
		return 0;
	}
	if (place == &activation->socket && *place >= 0)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "several sockets were passed; xdpd takes only one");
	closep(place);
	*place = fd;
	return 0;
}

int activation_init(struct activation *activation, struct error *error)
{
	cleanup(free_names) char **names = NULL;
	cleanup(closep) int new_bpffs = -1;
	int count = sd_listen_fds_with_names(true, &names);
	int result = 0;

	*activation = (struct activation){ -1, -1 };
	for (int i = 0; result == 0 && i < count; i++)
		result = add(activation, SD_LISTEN_FDS_START + i, names[i], &new_bpffs, error);
	if (new_bpffs >= 0)
		let_go(NEW_BPFFS);
	if (result == 0 && activation->bpffs < 0 && new_bpffs >= 0) {
		hold(HELD_BPFFS, new_bpffs);
		activation->bpffs = steal_fd(&new_bpffs);
	}
	return result;
}

int activation_provide(struct error *error)
{
	cleanup(closep) int fd = bpffs_new(error);
	int result = fd < 0 ? fd : hold(NEW_BPFFS, fd);

	if (fd < 0 || result > 0)
		return fd < 0 ? fd : 0;
	return error_set(error, ERROR_UNSUPPORTED, result ?: -ENOTCONN,
			 "the service manager did not accept the bpffs: %s",
			 result ? errno_name(result) : "NOTIFY_SOCKET is not set");
}
