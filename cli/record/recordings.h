// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "cli/record/ring-file.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The files of recorders, in a directory of their own, one for each recorded device. A recorder holds a lock
 * of its file (fcntl(2)) as long as it lives, and the kernel knows the process that holds it.
 */
#define RECORDINGS_DIRECTORY "/run/xdpd-record"

struct recording {
	char *path;
	char *name; /* in the directory */
	int fd;
	pid_t pid; /* of its recorder; 0: it has ended; -1: it is in another PID namespace */
	struct ring_header header;
	struct error failure; /* why the file cannot be used; then there is no header */
};

struct recordings {
	char *path; /* of the directory */
	int directory;
	size_t n_items;
	struct recording *items;
};

#define RECORDINGS_NONE ((struct recordings){ .directory = -1 })

/*
 * Opens the directory: `path`, or NULL for the usual one of the user, and reads what is in it. `create`: the
 * directory is created if it does not exist. Free with recordings_done(). Errors: KernelRefused.
 */
int recordings_open(const char *path, bool create, struct recordings *ret, struct error *error);
void recordings_done(struct recordings *recordings);

/*
 * The only recording, or the one of that device, which NULL leaves open; the same for `netns`, a name, a path,
 * or "default" for xdpd's. Errors: NoSuchDevice; InvalidArgument if there are several; BadState.
 */
int recordings_find(const struct recordings *recordings, const char *device, const char *netns,
		    struct recording **ret, struct error *error);

/*
 * Opens the file for a recorder of the device, which may exist, and locks it for this process. `netns` is a
 * path, "" for xdpd's. The caller owns descriptor and path. The list becomes empty: the lock would end with any
 * descriptor of the file that this process closes. Errors: LimitExceeded if the device is recorded already;
 * KernelRefused.
 */
int recordings_claim(struct recordings *recordings, const char *device, const char *netns, int *ret,
		     char **ret_path, struct error *error);

/* Removes the file of a recorder that has ended. Errors: KernelRefused. */
int recording_remove(const struct recordings *recordings, struct recording *recording,
		     struct error *error);

/*
 * Ends the recorder and waits until it has ended; one that has ended already is a success. Errors:
 * KernelRefused.
 */
int recording_stop(struct recording *recording, struct error *error);
