#define _GNU_SOURCE
#include "daemon/kernel/whereabouts.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <fts.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* How far to look. */
#define DEPTH_MAX	8
#define NAMES_MAX	8192
#define DESCRIPTORS_MAX 65536

/* The ids that a descriptor stands for; a link's has that of its program, too. */
struct ids {
	uint32_t program, link;
};

static void fclosep(FILE **file)
{
	if (*file)
		fclose(*file);
}

static void closedirp(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static void fts_closep(FTS **walk)
{
	if (*walk)
		fts_close(*walk);
}

void bpffs_mounts_read(struct bpffs_mounts *ret)
{
	FILE *file = setmntent("/proc/self/mounts", "re");
	char line[2 * PATH_MAX];
	struct mntent entry;

	ret->n = 0;
	if (!file)
		return;
	while (ret->n < BPFFS_MOUNTS_MAX && getmntent_r(file, &entry, line, sizeof(line)))
		if (!strcmp(entry.mnt_type, "bpf"))
			snprintf(ret->paths[ret->n++], PATH_MAX, "%s", entry.mnt_dir);
	endmntent(file);
}

/* Reads what /proc tells about a descriptor. */
static struct ids ids_of_descriptor(const char *path)
{
	cleanup(fclosep) FILE *file = fopen(path, "re");
	struct ids ids = {};
	char line[128];

	while (file && fgets(line, sizeof(line), file)) {
		sscanf(line, "prog_id: %u", &ids.program);
		sscanf(line, "link_id: %u", &ids.link);
	}
	return ids;
}

/*
 * To see what a pin is one must open it. That does no harm: the pin holds the object, so that our
 * closing it is not the last.
 */
static struct ids ids_of_pin(const char *path)
{
	cleanup(closep) int fd = bpf_obj_get(path);
	char descriptor[64];

	if (fd < 0)
		return (struct ids){};
	snprintf(descriptor, sizeof(descriptor), "/proc/self/fdinfo/%d", fd);
	return ids_of_descriptor(descriptor);
}

static void look_at_pin(const char *path, const struct ids *wanted, struct whereabouts *found)
{
	struct ids ids = ids_of_pin(path);
	char *place = NULL;

	if (ids.link)
		place = ids.link == wanted->link ? found->link_pin : NULL;
	else if (ids.program == wanted->program)
		place = found->program_pin;
	if (place && !*place)
		snprintf(place, PATH_MAX, "%s", path);
}

/* Takes from `budget` for each name. */
static void find_pins_below(char *top, const struct ids *wanted, size_t *budget,
			    struct whereabouts *found)
{
	char *tops[] = { top, NULL };
	cleanup(fts_closep) FTS *walk = fts_open(tops, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);

	for (FTSENT *entry; walk && *budget > 0 && (entry = fts_read(walk)); --*budget) {
		if (entry->fts_info == FTS_F)
			look_at_pin(entry->fts_path, wanted, found);
		else if (entry->fts_info == FTS_D && entry->fts_level >= DEPTH_MAX)
			fts_set(walk, entry, FTS_SKIP);
	}
}

static void find_pins(const struct ids *wanted, struct whereabouts *found)
{
	cleanup(freep) struct bpffs_mounts *mounts = malloc(sizeof(*mounts));
	size_t budget = NAMES_MAX;

	if (!mounts)
		return;
	bpffs_mounts_read(mounts);
	for (size_t i = 0; i < mounts->n; i++)
		find_pins_below(mounts->paths[i], wanted, &budget, found);
}

/* Does this process have a descriptor of one of them? */
static bool holds(const char *pid, const struct ids *wanted, size_t *budget)
{
	char path[PATH_MAX], target[32];
	cleanup(closedirp) DIR *directory = NULL;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	directory = opendir(path);
	for (struct dirent *entry; directory && *budget > 0 && (entry = readdir(directory));) {
		ssize_t length = readlinkat(dirfd(directory), entry->d_name, target,
					    sizeof(target) - 1);
		struct ids ids;

		--*budget;
		target[length > 0 ? length : 0] = '\0';
		if (strncmp(target, "anon_inode:bpf", strlen("anon_inode:bpf")))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", pid, entry->d_name);
		ids = ids_of_descriptor(path);
		if (ids.program == wanted->program || (ids.link && ids.link == wanted->link))
			return true;
	}
	return false;
}

static void add_holder(const char *pid, struct whereabouts *found)
{
	cleanup(fclosep) FILE *file = NULL;
	char path[PATH_MAX];
	size_t i = found->n_holders++;

	if (i >= HOLDERS_MAX)
		return;
	found->holders[i].pid = atoi(pid);
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (file && fgets(found->holders[i].name, sizeof(found->holders[i].name), file))
		found->holders[i].name[strcspn(found->holders[i].name, "\n")] = '\0';
}

static void find_holders(const struct ids *wanted, struct whereabouts *found)
{
	cleanup(closedirp) DIR *directory = opendir("/proc");
	size_t budget = DESCRIPTORS_MAX;

	for (struct dirent *entry; directory && budget > 0 && (entry = readdir(directory));)
		if (isdigit((unsigned char)entry->d_name[0]) && atoi(entry->d_name) != getpid() &&
		    holds(entry->d_name, wanted, &budget))
			add_holder(entry->d_name, found);
}

void whereabouts_find(uint32_t program_id, uint32_t link_id, struct whereabouts *ret)
{
	const struct ids wanted = { .program = program_id, .link = link_id };

	*ret = (struct whereabouts){};
	find_pins(&wanted, ret);
	find_holders(&wanted, ret);
}
