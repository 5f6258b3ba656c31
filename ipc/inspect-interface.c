// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "ipc/inspect-interface.h"

#define END \
	{   \
	}
#define IN(member, field_kind, need, ...)                                                  \
	{                                                                                  \
		.name = #member, .kind = field_kind, .optional = need,                     \
		.offset = offsetof(struct inspect_request, member), .purpose = __VA_ARGS__ \
	}
#define OUT(field_name, field_kind, ...)                            \
	{                                                           \
		.name = field_name, .kind = field_kind, __VA_ARGS__ \
	}
#define OPTIONAL .optional = true

static const char *const linkage_names[] = { "static", "global", NULL };
static const struct type linkage_type = { "Linkage", .names = linkage_names };

static const char *const kind_names[] = { "xdp", "tail_callee", "map_entry", "other", NULL };
static const struct type kind_type = { "ProgramKind", .names = kind_names };

static const char *const state_names[] = { "resolved", "absent", "different", NULL };
static const struct type state_type = { "KfuncState", .names = state_names };

static const char *const verdict_names[] = { "aborted", "drop", "pass", "tx", "redirect", NULL };
static const struct type verdict_type = { "Verdict", .names = verdict_names };

static const struct field obstacle_fields[] = {
	OUT("message", FIELD_STRING, .purpose = "one sentence"),
	OUT("detail", FIELD_STRING, OPTIONAL,
	    .purpose = "further lines, such as those of the verifier"),
	END,
};
static const struct type obstacle_type = { "Obstacle", .fields = obstacle_fields };

static const struct field helper_fields[] = {
	OUT("name", FIELD_STRING),
	OUT("since", FIELD_STRING, OPTIONAL, .purpose = "kernel version that introduced it"),
	OUT("here", FIELD_BOOLEAN, OPTIONAL, .purpose = "the kernel has it; omitted: unknown"),
	END,
};
static const struct type helper_type = { "Helper", .fields = helper_fields };

static const struct field program_fields[] = {
	OUT("name", FIELD_STRING),
	OUT("section", FIELD_STRING),
	OUT("kind", FIELD_CHOICE, .type = &kind_type,
	    .purpose = "xdp: can be attached; tail_callee: run through a program array of the "
		       "object; map_entry: run by entries of device or CPU maps"),
	OUT("frags", FIELD_BOOLEAN, OPTIONAL, .purpose = "accepts multi-buffer packets"),
	OUT("priority", FIELD_NUMBER, OPTIONAL, .purpose = "from XDP_RUN_CONFIG, else 50"),
	OUT("proceed_on", FIELD_VERDICTS, OPTIONAL, .type = &verdict_type,
	    .purpose = "from XDP_RUN_CONFIG, else pass"),
	OUT("instructions", FIELD_NUMBER, .purpose = "including those of all functions it calls"),
	OUT("frames", FIELD_NUMBER, .purpose = "maximum call depth, counting the program itself"),
	OUT("frames_max", FIELD_NUMBER, .purpose = "the kernel's limit"),
	OUT("stack", FIELD_NUMBER,
	    .purpose = "stack bytes of the deepest call chain, rounded as the kernel does"),
	OUT("stack_max", FIELD_NUMBER, .purpose = "the kernel's limit"),
	OUT("tail_calls", FIELD_BOOLEAN),
	OUT("callbacks", FIELD_BOOLEAN),
	OUT("helpers", FIELD_OBJECTS, .type = &helper_type),
	OUT("kfuncs", FIELD_NAMES, .purpose = "names in the object"),
	OUT("notes", FIELD_NAMES, .purpose = "how it can be joined to a chain"),
	OUT("verified", FIELD_NUMBER, OPTIONAL,
	    .purpose = "instructions the verifier processed to accept it; omitted: not loaded, or "
		       "rejected"),
	OUT("obstacles", FIELD_OBJECTS, OPTIONAL, .type = &obstacle_type,
	    .purpose = "obstacles to attaching it; omitted if it is not meant to be attached"),
	END,
};
static const struct type program_type = { "Program", .fields = program_fields };

static const struct field function_fields[] = {
	OUT("name", FIELD_STRING),
	OUT("section", FIELD_STRING),
	OUT("linkage", FIELD_CHOICE, .type = &linkage_type,
	    .purpose = "global functions are verified separately"),
	OUT("instructions", FIELD_NUMBER),
	OUT("stack", FIELD_NUMBER, .purpose = "bytes of its own stack frame"),
	OUT("calls", FIELD_NAMES,
	    .purpose = "functions of the object that it calls, including callbacks"),
	END,
};
static const struct type function_type = { "Function", .fields = function_fields };

static const struct field map_fields[] = {
	OUT("name", FIELD_STRING),
	OUT("type", FIELD_STRING, .purpose = "as in bpftool"),
	OUT("key", FIELD_NUMBER, .purpose = "bytes"),
	OUT("value", FIELD_NUMBER, .purpose = "bytes"),
	OUT("key_type", FIELD_STRING, OPTIONAL),
	OUT("value_type", FIELD_STRING, OPTIONAL),
	OUT("entries", FIELD_NUMBER, .purpose = "maximum number; 0: one per CPU"),
	OUT("flags", FIELD_NUMBER, .purpose = "BPF_F_... flags from linux/bpf.h"),
	OUT("pin", FIELD_STRING, OPTIONAL, .purpose = "path; an existing map pinned there is used"),
	END,
};
static const struct type map_type = { "Map", .fields = map_fields };

static const struct field variable_fields[] = {
	OUT("name", FIELD_STRING),
	OUT("section", FIELD_STRING),
	OUT("declaration", FIELD_STRING, .purpose = "C declaration"),
	OUT("size", FIELD_NUMBER, .purpose = "bytes"),
	OUT("constant", FIELD_BOOLEAN, .purpose = "true if the program cannot change it"),
	OUT("value", FIELD_STRING, .purpose = "initial value"),
	END,
};
static const struct type variable_type = { "Variable", .fields = variable_fields };

static const struct field kfunc_fields[] = {
	OUT("name", FIELD_STRING, .purpose = "name in the object, including its flavour"),
	OUT("kernel_name", FIELD_STRING, .purpose = "name in the kernel, without the flavour"),
	OUT("weak", FIELD_BOOLEAN, .purpose = "true if it is optional"),
	OUT("group", FIELD_STRING, OPTIONAL, .purpose = "group of which one function must exist"),
	OUT("state", FIELD_CHOICE, OPTIONAL, .type = &state_type,
	    .purpose = "different: the kernel has it with a different prototype; omitted: the "
		       "kernel has no BTF"),
	OUT("prototype", FIELD_STRING, .purpose = "prototype in the object"),
	OUT("kernel_prototype", FIELD_STRING, OPTIONAL),
	OUT("module", FIELD_STRING, OPTIONAL,
	    .purpose = "kernel module that contains it, or vmlinux"),
	OUT("since", FIELD_STRING, OPTIONAL, .purpose = "kernel version that introduced it"),
	END,
};
static const struct type kfunc_type = { "Kfunc", .fields = kfunc_fields };

static const struct field group_fields[] = {
	OUT("name", FIELD_STRING),
	OUT("members", FIELD_NAMES),
	OUT("resolved", FIELD_BOOLEAN, .purpose = "as many members as needed were found"),
	OUT("exactly_one", FIELD_BOOLEAN, .purpose = "exactly one is needed; else at least one"),
	END,
};
static const struct type group_type = { "Group", .fields = group_fields };

static const struct field policy_function_fields[] = {
	OUT("name", FIELD_STRING),
	OUT("prototype", FIELD_STRING, .purpose = "C declaration"),
	END,
};
static const struct type policy_function_type = { "PolicyFunction",
						  .fields = policy_function_fields };

const struct type *const inspect_types[] = {
	&verdict_type,	       &linkage_type,  &kind_type,
	&state_type,	       &obstacle_type, &helper_type,
	&program_type,	       &function_type, &map_type,
	&variable_type,	       &kfunc_type,    &group_type,
	&policy_function_type, NULL,
};

static const struct field in[] = {
	IN(object, FIELD_FD, false, "the ELF object"),
	IN(libraries, FIELD_FDS, true, "ELF libraries to join to it"),
	IN(policy, FIELD_NAME, true, "object file of a policy"),
	IN(slot, FIELD_NAME, true, "slot of that policy that the program should fit"),
	IN(btf, FIELD_NAME, true,
	   "file with the kernel's type information (BTF); default: the running kernel's"),
	IN(program, FIELD_NAME, true, "program to check, if the object has several"),
	END,
};

static const struct field out[] = {
	OUT("file", FIELD_STRING),
	OUT("object", FIELD_STRING, .purpose = "sha256:HEX of the file"),
	OUT("kernel", FIELD_STRING,
	    .purpose = "release of the running kernel, or the BTF file that was given"),
	OUT("programs", FIELD_OBJECTS, .type = &program_type),
	OUT("functions", FIELD_OBJECTS, .type = &function_type,
	    .purpose = "functions of all programs, including the programs themselves"),
	OUT("maps", FIELD_OBJECTS, .type = &map_type,
	    .purpose = "except the maps of global variables"),
	OUT("variables", FIELD_OBJECTS, .type = &variable_type),
	OUT("kfuncs", FIELD_OBJECTS, .type = &kfunc_type),
	OUT("groups", FIELD_OBJECTS, .type = &group_type, .purpose = "groups of kfuncs"),
	OUT("needs", FIELD_OBJECTS, .type = &policy_function_type,
	    .purpose = "functions that its policy must offer"),
	OUT("offers", FIELD_OBJECTS, .type = &policy_function_type,
	    .purpose = "functions that it offers to components, as a policy"),
	OUT("program", FIELD_STRING, OPTIONAL, .purpose = "program that attach would choose"),
	OUT("attachable", FIELD_BOOLEAN, .purpose = "true if no obstacle was found"),
	OUT("loaded", FIELD_BOOLEAN,
	    .purpose = "true if the verifier of the running kernel was asked"),
	OUT("obstacles", FIELD_OBJECTS, .type = &obstacle_type),
	END,
};

const struct method inspect_method = {
	"inspect", RIGHT_READ,
	in,	   sizeof(struct inspect_request),
	out,	   "Show what an object file contains and whether it can be attached here.",
};
