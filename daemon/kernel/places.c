#define _GNU_SOURCE
#include "daemon/kernel/places.h"

#include "base/cleanup.h"
#include "base/directory.h"
#include "base/lock.h"
#include "daemon/kernel/bpffs.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BPFFS "/sys/fs/bpf"

void places_done(struct pin_places *places)
{
	if (places->directory)
		closep(&places->lock);
	free(places->directory);
	free(places->components);
	free(places->generations);
	free(places->devices);
	free(places->maps);
	free(places->map_root);
	free(places->dispatchers);
	*places = (struct pin_places){};
}

static int make(const char *directory, const char *name, char **ret, struct error *error)
{
	if (asprintf(ret, "%s/%s", directory, name) < 0) {
		*ret = NULL;
		return error_memory(error);
	}
	return bpffs_prepare(*ret, error);
}

/* The same bpffs may be mounted twice, as in the sandbox of our unit; the one we use can be written. */
static int find_dispatchers(const char *map_root, char **ret, struct error *error)
{
	struct stat ours, theirs;

	if (stat(map_root, &ours) < 0 || stat(BPFFS, &theirs) < 0 || ours.st_dev != theirs.st_dev)
		return 0;
	if (asprintf(ret, "%s/xdp", map_root) >= 0)
		return 0;
	*ret = NULL;
	return error_memory(error);
}

/* Others cannot list it, but reach pins in it whose mode lets them. */
static int let_through(const char *directory, struct error *error)
{
	if (chmod(directory, 0711) == 0)
		return 0;
	return error_set(error, ERROR_KERNEL_REFUSED, -errno, "cannot change the mode of '%s': %s",
			 directory, errno_name(errno));
}

char *places_outside(const struct pin_places *places, const char *path)
{
	size_t length = strlen(places->map_root);
	struct stat own, machine;
	char *outside;

	if (strncmp(path, places->map_root, length) != 0 || stat(places->map_root, &own) < 0 ||
	    stat(BPFFS, &machine) < 0 || own.st_dev != machine.st_dev ||
	    own.st_ino != machine.st_ino)
		return strdup(path);
	return asprintf(&outside, "%s%s", BPFFS, path + length) < 0 ? NULL : outside;
}

/* Two daemons with the same pins would each remove what only the other one knows. */
static int lock(const char *directory, int *ret, struct error *error)
{
	cleanup(freep) char *path = NULL;
	cleanup(closep) int fd = -1;
	int result = bpffs_prepare(directory, error);

	if (result < 0)
		return result;
	path = realpath(directory, NULL);
	result = directory_open_own(path ?: directory, "pin directory", &fd, error);
	if (result == 0)
		result = lock_directory(fd, "pin directory", directory, error);
	if (result == 0)
		*ret = steal_fd(&fd);
	return result;
}

int places_init(struct pin_places *places, const char *directory, struct error *error)
{
	int result;

	places->lock = -1;
	places->directory = strdup(directory);
	result = places->directory ? lock(directory, &places->lock, error) : error_memory(error);
	if (result == 0)
		result = make(directory, "components", &places->components, error);
	if (result == 0)
		result = make(directory, "generations", &places->generations, error);
	if (result == 0)
		result = make(directory, "devices", &places->devices, error);
	if (result == 0)
		result = make(directory, "maps", &places->maps, error);
	if (result == 0)
		result = let_through(directory, error) ?: let_through(places->maps, error);
	if (result == 0 && !(places->map_root = bpffs_mount_point(directory)))
		result = error_memory(error);
	if (result == 0)
		result = find_dispatchers(places->map_root, &places->dispatchers, error);
	if (result < 0)
		places_done(places);
	return result;
}
