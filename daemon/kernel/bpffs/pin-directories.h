#pragma once

#include "base/error.h"

#include <stdbool.h>

/* Where the pins of one daemon are: directories below the one it was started with. */
struct pin_directories {
	char *directory;   /* the one it was started with */
	int lock;	   /* the same, open and locked; valid while `directory` is set */
	char *components;  /* ID/program, ID/map-NAME */
	char *generations; /* IFINDEX-NUMBER/rootlet, .../counters, .../slot-N */
	char *devices;	   /* IFINDEX/link */
	char *maps;	   /* DEVICE/COMPONENT/MAP, for others (daemon/control/pins/map-pins.h) */
	char *map_root;	   /* for maps that ask to be pinned by name: the bpffs itself */
	char *dispatchers; /* libxdp's, with its pins; NULL: it looks for them in another bpffs */
};

/*
 * Creates the directories that are missing and locks `directory`; mounts /sys/fs/bpf if `directory` is
 * there. Errors: KernelRefused, -EWOULDBLOCK when another daemon has its pins in `directory`.
 */
int pin_directories_init(struct pin_directories *directories, const char *directory,
			 struct error *error);

/* Are the directories there, and is the one that we locked still the one of that name? */
bool places_are_there(const struct pin_directories *directories);

/* Creates those that were removed, and locks the one that is new. Errors as of pin_directories_init(). */
int places_repair(struct pin_directories *directories, struct error *error);

/*
 * The path below our directories as others know it, to be freed: a service that is shut in has the
 * machine's bpffs at a place of its own. NULL: no memory.
 */
char *pin_directories_outside(const struct pin_directories *directories, const char *path);
void pin_directories_done(struct pin_directories *directories);
