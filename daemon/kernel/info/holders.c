// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/info/holders.h"

#include "base/cleanup.h"
#include "daemon/kernel/bpffs/pin-directories.h"

#include <bpf/bpf.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <fts.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* How many pins, processes and so on are looked at. */
#define DEPTH_MAX	8
#define NAMES_MAX	8192
#define DESCRIPTORS_MAX 65536

/* The state of a search, and how much it may still look at. */
struct search {
	const struct pin_directories *own;
	holder_visit visit;
	void *userdata;
	size_t n_names, n_descriptors;
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

/* Reads the ids that /proc shows about a descriptor. */
static struct bpf_ids ids_of_descriptor(const char *path)
{
	cleanup(fclosep) FILE *file = fopen(path, "re");
	struct bpf_ids ids = {};
	char line[128];

	while (file && fgets(line, sizeof(line), file)) {
		sscanf(line, "prog_id: %u", &ids.program);
		sscanf(line, "map_id: %u", &ids.map);
		sscanf(line, "link_id: %u", &ids.link);
	}
	return ids;
}

/*
 * Only opening a pin shows what it holds. That does no harm: the pin holds the object, so closing our
 * descriptor does not free it.
 */
static struct bpf_ids ids_of_pin(const char *path)
{
	cleanup(closep) int fd = bpf_obj_get(path);
	char descriptor[64];

	if (fd < 0)
		return (struct bpf_ids){};
	snprintf(descriptor, sizeof(descriptor), "/proc/self/fdinfo/%d", fd);
	return ids_of_descriptor(descriptor);
}

static bool is_own(const struct pin_directories *own, const struct stat *directory)
{
	const char *const directories[] = { own->components, own->generations, own->devices,
					    own->maps };
	struct stat place;

	for (size_t i = 0; i < array_size(directories); i++)
		if (directories[i] && stat(directories[i], &place) == 0 &&
		    place.st_dev == directory->st_dev && place.st_ino == directory->st_ino)
			return true;
	return false;
}

static void look_at_pin(const struct search *search, const char *path)
{
	const struct holder holder = { HOLDER_PIN, path, .held = ids_of_pin(path) };

	search->visit(search->userdata, &holder);
}

static void find_pins_below(struct search *search, char *top)
{
	char *tops[] = { top, NULL };
	cleanup(fts_closep) FTS *walk = fts_open(tops, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);

	for (FTSENT *entry; walk && search->n_names > 0 && (entry = fts_read(walk));
	     --search->n_names) {
		if (entry->fts_info == FTS_F)
			look_at_pin(search, entry->fts_path);
		else if (entry->fts_info == FTS_D &&
			 (entry->fts_level >= DEPTH_MAX ||
			  (search->own && is_own(search->own, entry->fts_statp))))
			fts_set(walk, entry, FTS_SKIP);
	}
}

/* One bpffs can be mounted in several places. */
static bool is_seen(const struct bpffs_mounts *mounts, size_t number)
{
	struct stat mount, before;

	if (stat(mounts->paths[number], &mount) < 0)
		return false;
	for (size_t i = 0; i < number; i++)
		if (stat(mounts->paths[i], &before) == 0 && before.st_dev == mount.st_dev &&
		    before.st_ino == mount.st_ino)
			return true;
	return false;
}

static void find_pins(struct search *search)
{
	cleanup(freep) struct bpffs_mounts *mounts = malloc(sizeof(*mounts));

	if (!mounts)
		return;
	bpffs_mounts_read(mounts);
	for (size_t i = 0; i < mounts->n; i++)
		if (!is_seen(mounts, i))
			find_pins_below(search, mounts->paths[i]);
}

/* The name that the process has set, at most 15 characters. */
static void read_name(const char *pid, char name[static 16])
{
	cleanup(fclosep) FILE *file = NULL;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (!file || !fgets(name, 16, file))
		*name = '\0';
	name[strcspn(name, "\n")] = '\0';
}

static void look_at_descriptor(const struct search *search, const char *pid, const char *number,
			       char name[static 16])
{
	struct holder holder = { HOLDER_PROCESS, name, atoi(pid) };
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", pid, number);
	holder.held = ids_of_descriptor(path);
	if (!*name)
		read_name(pid, name);
	search->visit(search->userdata, &holder);
}

static void look_at_process(struct search *search, const char *pid)
{
	char path[PATH_MAX], target[32], name[16] = "";
	cleanup(closedirp) DIR *directory = NULL;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	directory = opendir(path);
	for (struct dirent *entry;
	     directory && search->n_descriptors > 0 && (entry = readdir(directory));) {
		ssize_t length = readlinkat(dirfd(directory), entry->d_name, target,
					    sizeof(target) - 1);

		--search->n_descriptors;
		target[length > 0 ? length : 0] = '\0';
		if (!strncmp(target, "anon_inode:bpf", strlen("anon_inode:bpf")))
			look_at_descriptor(search, pid, entry->d_name, name);
	}
}

static void find_processes(struct search *search)
{
	cleanup(closedirp) DIR *directory = opendir("/proc");

	for (struct dirent *entry;
	     directory && search->n_descriptors > 0 && (entry = readdir(directory));)
		if (isdigit((unsigned char)entry->d_name[0]) && atoi(entry->d_name) != getpid())
			look_at_process(search, entry->d_name);
}

void holders_each(const struct pin_directories *own, holder_visit visit, void *userdata)
{
	struct search search = { own, visit, userdata, NAMES_MAX, DESCRIPTORS_MAX };

	find_pins(&search);
	find_processes(&search);
}

/* The ids of the program, and of the link with which it is attached, that the search is for. */
struct wanted {
	struct bpf_ids ids;
	uint32_t latest_pid;
	struct holders *found;
};

static void note_pin(const struct wanted *wanted, const struct holder *holder)
{
	const struct bpf_ids *ids = &holder->held;
	char *place = NULL;

	if (ids->link)
		place = ids->link == wanted->ids.link ? wanted->found->link_pin : NULL;
	else if (ids->program == wanted->ids.program)
		place = wanted->found->program_pin;
	if (place && !*place)
		snprintf(place, PATH_MAX, "%s", holder->name);
}

static void note_process(struct wanted *wanted, const struct holder *holder)
{
	const struct bpf_ids *ids = &holder->held;
	size_t i = wanted->found->n_processes;

	if ((ids->program != wanted->ids.program &&
	     (!ids->link || ids->link != wanted->ids.link)) ||
	    holder->number == wanted->latest_pid)
		return;
	wanted->latest_pid = holder->number;
	wanted->found->n_processes++;
	if (i >= HOLDER_PROCESSES_MAX)
		return;
	wanted->found->processes[i].pid = holder->number;
	snprintf(wanted->found->processes[i].name, sizeof(wanted->found->processes[i].name), "%s",
		 holder->name);
}

static void note(void *userdata, const struct holder *holder)
{
	if (holder->kind == HOLDER_PIN)
		note_pin(userdata, holder);
	else
		note_process(userdata, holder);
}

void holders_find(uint32_t program_id, uint32_t link_id, struct holders *ret)
{
	struct wanted wanted = { { .program = program_id, .link = link_id }, 0, ret };

	*ret = (struct holders){};
	holders_each(NULL, note, &wanted);
}
