// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "broker/broker.h"
#include "daemon/kernel/component/entry-wrapper.h"
#include "daemon/kernel/component/extension-target.h"
#include "daemon/kernel/component/program-code.h"

/* How the chosen program of an object becomes a component. */
struct chosen_program {
	const struct extension_target *target; /* NULL: as an XDP program */
	/* Of a wrapper in front of the program; NULL: it needs no wrapper. */
	const struct arguments *arguments;

	/* What was loaded; its maps are named by descriptors of the broker's items. */
	struct program_code code;
	size_t n_attempts; /* how often the parser tried to load it */
	bool is_loaded;	   /* the kernel has accepted that code */
};

/* A broker for the parser of one object that is loaded as a component. */
struct component_broker {
	struct broker calls; /* the first member, see load_chosen() */
	struct chosen_program chosen;
};

/*
 * The broker's `load_chosen`: records the code of the program, and then loads it, if this is not a trial, with
 * its wrapper, or as an extension. The broker must be that of a struct component_broker.
 */
int load_chosen(struct broker *broker, const struct described_program *program,
		struct bpf_prog_load_opts *options);

/* Closes the descriptors, and frees the contents. */
void component_broker_done(struct component_broker *broker);
