// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/string-list.h"
#include "daemon/kernel/component/load-chosen.h"
#include "object/kfuncs.h"
#include "sandbox/conversation.h"
#include "sandbox/parcel.h"

/*
 * An object that the parser has opened: its description, every field of which was checked, and the
 * connection over which it can be loaded. The daemon's own process never reads the bytes of the object.
 */
struct opened {
	struct conversation conversation;
	struct component_broker broker;
	bool has_function;	    /* BTF describes its program */
	struct arguments arguments; /* of the program, if so */
	bool fills_arrays;   /* some program arrays of the object hold programs of the object */
	char *obstacle;	     /* why the program cannot be an extension, a clause; NULL: it can be */
	char *map_obstacle;  /* the same for its maps */
	char *need_obstacle; /* the same for functions of the policy that it needs */
	struct strings needs; /* these functions (object/function-mark.h) */
	struct kfuncs kfuncs; /* that it calls */
	size_t n_maps;
	struct opened_map {
		char *name;
		uint32_t type;
		uint32_t key_size;
		uint32_t value_size;
		uint32_t max_entries;
		uint32_t flags;
		uint64_t extra;
		bool is_internal; /* it holds global variables */
		bool is_pinned;	  /* it asks to be pinned by its name */
		/* Of the map that the object should use, or, after opened_load(), that it has; 0: none. */
		uint32_t handle;
		bool is_given; /* the object uses a map that existed before */
	} * maps;
	uint32_t program; /* handle, after opened_load() */
};

/*
 * The parser's answers to REQUEST_OPEN and REQUEST_LOAD (sandbox/calls.h), each field of which is checked.
 * -EPROTO: the message breaks the rules; -ENOMEM. Close `opened` with opened_close(), also after a failure.
 */
int opened_read_description(struct opened *opened, struct parcel *answer);

/* A map that the object was given stays the given one, whatever the parser answers. */
int opened_read_loaded(struct opened *opened, struct parcel *answer);
