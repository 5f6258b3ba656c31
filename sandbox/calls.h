// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdint.h>

/*
 * The conversation about one object, over a stream socket of its own (sandbox/parcel.h). The process that
 * uses the parser asks, and the parser answers; when libbpf needs something of the kernel meanwhile, the
 * parser asks for it by the calls below. Handles represent the kernel's objects: numbers from 1, for objects
 * that an earlier call of the same conversation created, or that the user supplied. Both sides are built
 * together (PARSER_FORMAT), so structures are sent as they are in memory.
 */
enum request_kind {
	REQUEST_CHOOSE = 1, /* choose_request, and the object */
	REQUEST_CHECK,	    /* label, object: is it a valid object? */
	REQUEST_COMPARE, /* types, id of a slot in them, program, label, object: does it fit the slot? */
	REQUEST_OPEN,	 /* open_request, and the object; after REQUEST_CHOOSE without it */
	REQUEST_LOAD,	 /* load_request; after REQUEST_OPEN */
	REPLY,		 /* to a call: its result, and what the comment of the call says */
	REQUEST_INSPECT, /* inspect_head, its texts, the object, the policy */
};

enum answer_message {
	ANSWER_MESSAGE_ERROR = 100, /* enum error_id, a negative errno, the sentence, the detail */
	ANSWER_MESSAGE_CHOICE,
	ANSWER_MESSAGE_CHECKED,
	ANSWER_MESSAGE_OPENED,
	ANSWER_MESSAGE_LOADED,
	ANSWER_MESSAGE_INSPECTED, /* JSON, as ipc/inspect-interface.c declares it */
};

enum call_kind {
	CALL_FIRST = 200,
	CALL_BTF_LOAD =
		CALL_FIRST, /* a blob, whether its log is wanted; creates a handle, replies with the log */
	CALL_MAP_CREATE, /* call_map_create; creates a handle */
	CALL_MAP_UPDATE, /* call_map_update, key, value */
	CALL_MAP_FREEZE, /* a handle */
	CALL_MAP_INFO,	 /* a handle; replies with struct bpf_map_info */
	CALL_PROG_LOAD,	 /* call_prog_load and its parts; creates a handle, replies with the log */
	CALL_PROG_BIND,	 /* handles of a program and a map */
	CALL_BTF_NEXT,	 /* an id; replies with the next */
	CALL_BTF_OPEN,	 /* an id of types of the kernel or a module; creates a handle */
	CALL_BTF_INFO, /* a handle, how many bytes of the types; replies with call_btf_info, name, types */
	CALL_KERNEL_FILE, /* a path; replies with a descriptor, or -errno, and no message */
	CALL_MODULES,	  /* replies with the names in /sys/kernel/btf */
	CALL_END
};

#define PARSER_NAME_SIZE 16 /* the kernel's BPF_OBJ_NAME_LEN */

/* Real objects have fewer; libbpf makes some calls for each map and program. */
#define PARSER_CALLS_MAX   20000
#define PARSER_HANDLES_MAX 2000

/* How much of a verifier log is sent: the decisive lines are at its end. */
#define PARSER_LOG_MAX ((size_t)64 << 10)

struct call_map_create {
	uint32_t type;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t flags;
	uint32_t numa_node;
	uint32_t inner_map; /* handle; 0: none */
	uint32_t btf;	    /* the same */
	uint32_t btf_key_type;
	uint32_t btf_value_type;
	uint64_t extra;
	char name[PARSER_NAME_SIZE];
};

struct call_map_update {
	uint32_t map;
	/* For maps whose values are maps or programs; otherwise 0, and the value follows. */
	uint32_t value_handle;
	uint64_t flags;
};

/* Followed by the license and, as blobs, instructions, records of functions and lines, and handles of types. */
struct call_prog_load {
	uint32_t is_chosen; /* it is the program to attach */
	uint32_t type;
	uint32_t attach_type;
	uint32_t kernel_version;
	uint32_t btf;		/* handle; 0: none */
	uint32_t function_size; /* of a record */
	uint32_t line_size;
	uint32_t log_level;
	uint32_t flags; /* BPF_F_..., of which most are not the parser's to choose */
	char name[PARSER_NAME_SIZE];
};

struct call_btf_info {
	uint32_t id;
	uint32_t size;
	uint32_t is_of_kernel;
};

/* Followed by the name of the program, which may be missing, and the object. */
struct choose_request {
	uint32_t is_single; /* it must not need libraries */
};

/*
 * Followed by the label of the object, its digest, the program, the slot, the label of the policy, the path of
 * the file with a kernel's types, and the kernel's name; the program, the slot, the policy and the path may be
 * missing. Then come the bytes of the object and of the policy.
 */
struct inspect_head {
	uint32_t is_linked; /* the object was linked with its libraries */
};

/* Followed by the label, the program, the values to set, and the object. */
struct open_request {
	uint32_t needs_kfuncs; /* it needs the kfuncs that it calls */
	uint32_t n_values;
	uint32_t frags; /* the program accepts multi-buffer packets */
};

/* Followed by a handle for each map, 0 for those that libbpf is to create. */
struct load_request {
	uint32_t attach_type;
	uint32_t flags;
	uint32_t bound_to;
	uint32_t is_trial; /* nothing is really loaded, so no failure is explained */
	uint32_t may_fail; /* it is then loaded in another way */
};

/* Followed by the name. */
struct opened_map_head {
	uint32_t type;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t flags;
	uint32_t is_internal; /* it holds global variables */
	uint32_t is_pinned;   /* it asks to be pinned by its name */
	uint32_t padding;
	uint64_t extra;
};

/*
 * Followed by three clauses, why the program, its maps, or the policy's functions that it needs keep it from being an
 * extension; by the names of these functions; by kfuncs; and by maps.
 */
struct opened_head {
	uint32_t has_function; /* the types describe the program */
	uint32_t n_arguments;
	int32_t context; /* number of the argument that is the context; -1: none */
	uint32_t fills_arrays;
	uint32_t n_needs;
	uint32_t n_kfuncs;
	uint32_t n_maps;
};

/* Followed by the name. */
struct choice_head {
	uint32_t frags;
	uint32_t extension;
	uint32_t priority;
	uint32_t proceed;
	uint32_t has_function;
	uint32_t n_arguments;
};
