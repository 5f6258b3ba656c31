// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/record/recordings.h"

#include "base/cleanup.h"
#include "base/directory.h"
#include "base/file.h"
#include "cli/record/ring-reader.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* A recorder ends within a moment, unless it is suspended. */
#define STOP_MAX 10000 /* milliseconds */

static void recording_done(struct recording *recording)
{
	free(recording->path);
	free(recording->name);
	closep(&recording->fd);
	error_done(&recording->failure);
}

static void forget_items(struct recordings *recordings)
{
	while (recordings->n_items > 0)
		recording_done(&recordings->items[--recordings->n_items]);
	free(steal(recordings->items));
}

void recordings_done(struct recordings *recordings)
{
	forget_items(recordings);
	free(recordings->path);
	closep(&recordings->directory);
	*recordings = RECORDINGS_NONE;
}

/* A user other than root has a directory in the session's own, which pam_systemd(8) creates. */
static int choose_path(const char *given, char **ret, struct error *error)
{
	const char *path = given ?: secure_getenv("XDPD_RECORD_DIRECTORY");
	const char *session = secure_getenv("XDG_RUNTIME_DIR");
	int length;

	if (path || geteuid() == 0)
		length = asprintf(ret, "%s", path ?: RECORDINGS_DIRECTORY);
	else if (session && *session == '/')
		length = asprintf(ret, "%s/xdpd-record", session);
	else
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "there is no directory for recordings, because XDG_RUNTIME_DIR is "
				 "not set; use --directory");
	return length < 0 ? error_memory(error) : 0;
}

/* The process that holds the lock of the file; 0: none. */
static pid_t find_holder(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid > 0 ? lock.l_pid : -1;
}

/* What a file is, unless it is empty: that is one of a recorder that has not begun yet. */
static int add(struct recordings *recordings, const char *name, struct error *error)
{
	struct recording recording = { .fd = file_open(recordings->directory, name, false) };
	struct recording *longer;
	struct stat status;

	if (recording.fd >= 0 && fstat(recording.fd, &status) == 0 && status.st_size == 0) {
		closep(&recording.fd);
		return 0;
	}
	longer = reallocarray(recordings->items, recordings->n_items + 1, sizeof(*longer));
	if (longer)
		recordings->items = longer;
	recording.name = strdup(name);
	if (asprintf(&recording.path, "%s/%s", recordings->path, name) < 0)
		recording.path = NULL;
	if (!longer || !recording.name || !recording.path) {
		recording_done(&recording);
		return error_memory(error);
	}
	if (recording.fd < 0) {
		error_set(&recording.failure, ERROR_BAD_STATE, recording.fd, "cannot open '%s': %s",
			  recording.path, file_open_reason(recording.fd));
	} else {
		recording.pid = find_holder(recording.fd);
		ring_read_header(recording.fd, recording.path, &recording.header,
				 &recording.failure);
	}
	longer[recordings->n_items++] = recording;
	return 0;
}

struct reading {
	struct recordings *recordings;
	struct error *error;
	int result;
};

static void visit(int directory, const char *name, void *userdata)
{
	struct reading *reading = userdata;

	(void)directory;
	if (reading->result == 0)
		reading->result = add(reading->recordings, name, reading->error);
}

static int by_device(const void *left, const void *right)
{
	const struct recording *one = left, *other = right;
	int result = strcmp(one->header.device, other->header.device);

	return result ?: strcmp(one->name, other->name);
}

int recordings_open(const char *path, bool create, struct recordings *ret, struct error *error)
{
	cleanup(recordings_done) struct recordings recordings = RECORDINGS_NONE;
	struct reading reading = { .recordings = &recordings, .error = error };
	int result = choose_path(path, &recordings.path, error);

	if (result == 0 && (create || access(recordings.path, F_OK) == 0))
		result = directory_open_own(recordings.path, "directory of recordings",
					    &recordings.directory, error);
	if (result < 0)
		return result;
	if (recordings.directory >= 0)
		result = directory_each(recordings.directory, ".", visit, &reading);
	if (result < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, result, "cannot read '%s': %s",
				 recordings.path, errno_name(result));
	if (reading.result < 0)
		return reading.result;
	if (recordings.n_items > 0)
		qsort(recordings.items, recordings.n_items, sizeof(*recordings.items), by_device);
	*ret = recordings;
	recordings = RECORDINGS_NONE;
	return 0;
}

/* As the daemon finds it: names are those of ip-netns(8). */
static bool is_in_netns(const struct recording *recording, const char *netns)
{
	static const char prefix[] = "/run/netns/";
	const char *path = recording->header.netns;

	if (!netns)
		return true;
	if (!strcmp(netns, "default"))
		return !*path;
	if (strchr(netns, '/'))
		return !strcmp(path, netns);
	return !strncmp(path, prefix, strlen(prefix)) && !strcmp(path + strlen(prefix), netns);
}

static bool is_wanted(const struct recording *recording, const char *device, const char *netns)
{
	return !recording->failure.message &&
	       (!device || !strcmp(recording->header.device, device)) &&
	       is_in_netns(recording, netns);
}

static int none_found(const struct recordings *recordings, const char *device, struct error *error)
{
	for (size_t i = 0; i < recordings->n_items; i++)
		if (recordings->items[i].failure.message)
			return error_set(error, ERROR_BAD_STATE, -EBADMSG, "%s",
					 recordings->items[i].failure.message);
	return error_set(error, ERROR_NO_SUCH_DEVICE, -ENODEV,
			 "there is no recording%s%s in '%s'; 'xdpctl record start' begins one",
			 device ? " of " : "", device ?: "", recordings->path);
}

int recordings_find(const struct recordings *recordings, const char *device, const char *netns,
		    struct recording **ret, struct error *error)
{
	struct recording *found = NULL;

	for (size_t i = 0; i < recordings->n_items; i++) {
		struct recording *recording = &recordings->items[i];

		if (!is_wanted(recording, device, netns))
			continue;
		if (found)
			return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
					 "there are several recordings%s%s in '%s'; use %s",
					 device ? " of " : "", device ?: "", recordings->path,
					 device ? "--netns" : "--dev");
		found = recording;
	}
	if (!found)
		return none_found(recordings, device, error);
	*ret = found;
	return 0;
}

/* "eth0", or "eth0@5e884898da280471" with the hash of the namespace's path. */
static int make_name(const char *device, const char *netns, char **ret)
{
	const struct blob blob = { .bytes = (void *)netns, .size = strlen(netns) };
	char hash[SHA256_TEXT_SIZE];

	blob_sha256(&blob, hash);
	return asprintf(ret, "dev-%s%s%.*s", device, *netns ? "@" : "", *netns ? 16 : 0, hash);
}

static int refuse_second(const char *device, pid_t pid, struct error *error)
{
	return error_set(error, ERROR_LIMIT_EXCEEDED, -EBUSY,
			 "%s is recorded already, by process %d; 'xdpctl record stop --dev %s' "
			 "ends that",
			 device, (int)pid, device);
}

/* The device may have had another name when its recorder began. */
static int check_others(const struct recordings *recordings, const char *device, const char *netns,
			struct error *error)
{
	for (size_t i = 0; i < recordings->n_items; i++) {
		const struct recording *other = &recordings->items[i];

		if (other->pid && !other->failure.message &&
		    !strcmp(other->header.device, device) && !strcmp(other->header.netns, netns))
			return refuse_second(device, other->pid, error);
	}
	return 0;
}

static int lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_SETLK, &lock) < 0 ? -errno : 0;
}

/* Is it still the file of that name? Otherwise it was removed before we had the lock. */
static bool is_current(const struct recordings *recordings, const char *name, int fd)
{
	struct stat named, opened;

	return fstatat(recordings->directory, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(fd, &opened) == 0 && S_ISREG(opened.st_mode) &&
	       named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
}

static int claim(const struct recordings *recordings, const char *device, const char *name,
		 int *ret, struct error *error)
{
	cleanup(closep) int fd = openat(recordings->directory, name,
					O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
					0600);
	int result = fd < 0 ? -errno : lock(fd);

	if (result == -EAGAIN || result == -EACCES)
		return refuse_second(device, find_holder(fd), error);
	if (result == 0 && !is_current(recordings, name, fd))
		result = -ESTALE;
	if (result < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, result, "cannot use '%s/%s': %s",
				 recordings->path, name, errno_name(result));
	*ret = steal_fd(&fd);
	return 0;
}

int recordings_claim(struct recordings *recordings, const char *device, const char *netns, int *ret,
		     char **ret_path, struct error *error)
{
	cleanup(freep) char *name = NULL;
	cleanup(freep) char *path = NULL;
	int result = check_others(recordings, device, netns, error);

	if (result < 0)
		return result;
	if (make_name(device, netns, &name) < 0) {
		name = NULL;
		return error_memory(error);
	}
	if (asprintf(&path, "%s/%s", recordings->path, name) < 0) {
		path = NULL;
		return error_memory(error);
	}
	forget_items(recordings);
	result = claim(recordings, device, name, ret, error);
	if (result == 0)
		*ret_path = steal(path);
	return result;
}

int recording_remove(const struct recordings *recordings, struct recording *recording,
		     struct error *error)
{
	cleanup(closep) int fd = openat(recordings->directory, recording->name,
					O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int result = fd < 0 ? -errno : lock(fd);

	if (result == 0 && is_current(recordings, recording->name, fd) &&
	    unlinkat(recordings->directory, recording->name, 0) < 0)
		result = -errno;
	if (result == 0)
		return 0;
	return error_set(error, ERROR_KERNEL_REFUSED, result, "cannot remove '%s': %s",
			 recording->path, errno_name(result));
}

static int cannot_stop(const struct recording *recording, int number, const char *why,
		       struct error *error)
{
	return error_set(error, ERROR_KERNEL_REFUSED, number,
			 "cannot stop the recorder of %s (process %d): %s",
			 recording->header.device, (int)recording->pid, why);
}

int recording_stop(struct recording *recording, struct error *error)
{
	cleanup(closep) int process = -1;
	struct pollfd ended;

	if (recording->pid == 0)
		return 0;
	if (recording->pid < 0)
		return cannot_stop(recording, -ESRCH, "it is in another PID namespace", error);
	process = (int)syscall(SYS_pidfd_open, recording->pid, 0);
	/* With the descriptor, the number cannot become another process' any more; it may have before. */
	if (find_holder(recording->fd) != recording->pid) {
		recording->pid = 0;
		return 0;
	}
	if (process < 0 || syscall(SYS_pidfd_send_signal, process, SIGTERM, NULL, 0) < 0)
		return cannot_stop(recording, -errno, errno_name(errno), error);
	ended = (struct pollfd){ .fd = process, .events = POLLIN };
	if (poll(&ended, 1, STOP_MAX) != 1)
		return cannot_stop(recording, -ETIMEDOUT,
				   "it does not react; is the process suspended?", error);
	recording->pid = 0;
	return ring_read_header(recording->fd, recording->path, &recording->header, error);
}
