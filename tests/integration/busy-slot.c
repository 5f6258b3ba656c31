// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Links a component into a slot of a rootlet while the test traces the slot: busy-slot COMPONENT.o. Prints the id of the
 * rootlet, waits for a line, links, and prints "linked" or the error; exits with 77 if the kernel has no extensions.
 * The daemon makes a rootlet and links into it at once, so a tracer could only get in between by chance.
 */
#include "base/cleanup.h"
#include "daemon/kernel/counters.h"
#include "daemon/kernel/placeholders.h"
#include "daemon/kernel/slot-link.h"
#include "tests/support/chain-lab.h"

#include <fcntl.h>
#include <stdio.h>

#define UNAVAILABLE 77

static struct rootlet *make_rootlet(const struct placeholders *placeholders)
{
	cleanup(error_done) struct error error = {};
	struct rootlet *rootlet = NULL;
	int counters_fd = counters_new(1, &error);
	int fd = fcntl(placeholders->program_fd, F_DUPFD_CLOEXEC, 3);

	if (counters_fd < 0 || fd < 0 ||
	    rootlet_new(fd, counters_fd, 1, 0, NULL, &rootlet, &error) < 0)
		lab_fail("there is no rootlet: %s", error.message ?: "?");
	return rootlet;
}

static void link_slot(struct component *component, struct rootlet *rootlet, uint32_t function)
{
	cleanup(error_done) struct error error = {};
	struct slot_link *link = NULL;

	if (slot_link_new(component, rootlet, function, &link, &error) < 0)
		puts(error.message ?: "out of memory");
	else
		puts("linked");
	fflush(stdout);
	slot_link_release(&link);
}

int main(int argc, char **argv)
{
	cleanup(error_done) struct error error = {};
	struct placeholders placeholders;
	struct lab lab;
	struct linker *linker;
	struct component *component;
	struct rootlet *rootlet;

	if (argc != 2)
		lab_fail("usage: busy-slot COMPONENT.o");
	lab_open(&lab);
	linker = lab_linker(&lab, "freplace");
	if (!linker) {
		lab_close(&lab);
		return UNAVAILABLE;
	}
	component = lab_load(&lab, linker, argv[1]);
	if (placeholders_load(BPF_XDP, &placeholders, &error) < 0)
		lab_fail("%s", error.message ?: "?");
	rootlet = make_rootlet(&placeholders);
	printf("%u\n", rootlet->id);
	fflush(stdout);
	while (getchar() == '\n')
		link_slot(component, rootlet, placeholders.slot_ids[0]);
	rootlet_release(&rootlet);
	placeholders_done(&placeholders);
	component_release(&component);
	linker_drop(&linker);
	lab_close(&lab);
	return 0;
}
