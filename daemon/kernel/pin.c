#define _GNU_SOURCE
#include "daemon/kernel/pin.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define BPFFS "/sys/fs/bpf"

struct pin {
	bool directory;
	char path[];
};

static struct pin *pin_allocate(const char *path, bool directory)
{
	struct pin *pin = malloc(sizeof(*pin) + strlen(path) + 1);

	if (pin) {
		pin->directory = directory;
		strcpy(pin->path, path);
	}
	return pin;
}

int pin_new(const char *path, int fd, struct pin **ret, struct error *error)
{
	cleanup(freep) struct pin *pin = pin_allocate(path, false);

	if (!pin)
		return error_memory(error);
	if (bpf_obj_pin(fd, path) < 0) /* freep, not pin_drop: the name may be another's */
		return error_set(error, ERROR_KERNEL_REFUSED, -errno, "cannot pin '%s': %s", path,
				 errno_name(errno));
	*ret = steal(pin);
	return 0;
}

int pin_directory(const char *path, struct pin **ret, struct error *error)
{
	cleanup(freep) struct pin *pin = pin_allocate(path, true);

	if (!pin)
		return error_memory(error);
	if (mkdir(path, 0700) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot make the directory '%s': %s", path, errno_name(errno));
	*ret = steal(pin);
	return 0;
}

void pin_drop(struct pin **pin)
{
	if (*pin && (*pin)->directory)
		rmdir((*pin)->path);
	else if (*pin)
		unlink((*pin)->path);
	pin_keep(pin);
}

void pin_keep(struct pin **pin)
{
	free(steal(*pin));
}

static bool is_bpffs(const char *path)
{
	struct statfs status;

	return statfs(path, &status) == 0 && (unsigned long)status.f_type == BPF_FS_MAGIC;
}

/* mkdir -p; directories that are there already are fine. */
static int make_directories(char *path, struct error *error)
{
	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		int made;

		if (slash)
			*slash = '\0';
		made = mkdir(path, 0700);
		if (made < 0 && errno != EEXIST)
			return error_set(error, ERROR_KERNEL_REFUSED, -errno,
					 "cannot make the directory '%s': %s", path,
					 errno_name(errno));
		if (!slash)
			return 0;
		*slash = '/';
	}
}

int pin_prepare(const char *path, struct error *error)
{
	cleanup(freep) char *copy = strdup(path);
	int made;

	if (!copy)
		return error_memory(error);
	if (!strncmp(path, BPFFS "/", strlen(BPFFS "/")) && !is_bpffs(BPFFS) &&
	    mount("bpf", BPFFS, "bpf", 0, "mode=0700") < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot mount a bpffs on '" BPFFS "': %s", errno_name(errno));
	made = make_directories(copy, error);
	if (made < 0)
		return made;
	if (!is_bpffs(path))
		return error_set(error, ERROR_KERNEL_REFUSED, -EINVAL,
				 "'%s' is not on a bpffs; 'mount -t bpf bpf DIRECTORY' makes one",
				 path);
	return 0;
}

char *pin_mount_point(const char *path)
{
	char *point = strdup(path);
	struct stat here, above;

	while (point && strrchr(point, '/') > point) {
		cleanup(freep) char *parent = strndup(point, strrchr(point, '/') - point);

		if (!parent || stat(point, &here) < 0 || stat(parent, &above) < 0 ||
		    here.st_dev != above.st_dev)
			break;
		free(point);
		point = steal(parent);
	}
	return point;
}
