#include "ipc/inspection.h"

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
	OUT("detail", FIELD_STRING, OPTIONAL, .purpose = "more lines, as of the verifier"),
	END,
};
static const struct type obstacle_type = { "Obstacle", .fields = obstacle_fields };

static const struct field helper_fields[] = {
	OUT("name", FIELD_STRING),
	OUT("since", FIELD_STRING, OPTIONAL, .purpose = "the kernel that brought it"),
	OUT("here", FIELD_BOOLEAN, OPTIONAL, .purpose = "the kernel has it; none: not known"),
	END,
};
static const struct type helper_type = { "Helper", .fields = helper_fields };

static const struct field program_fields[] = {
	OUT("name", FIELD_STRING),
	OUT("section", FIELD_STRING),
	OUT("kind", FIELD_CHOICE, .type = &kind_type,
	    .purpose = "xdp: can be attached; tail_callee: a program array of the object runs it; "
		       "map_entry: device or CPU maps do"),
	OUT("frags", FIELD_BOOLEAN, OPTIONAL, .purpose = "takes packets in several buffers"),
	OUT("priority", FIELD_NUMBER, OPTIONAL, .purpose = "by its XDP_RUN_CONFIG, else 50"),
	OUT("proceed_on", FIELD_VERDICTS, OPTIONAL, .type = &verdict_type,
	    .purpose = "by its XDP_RUN_CONFIG, else pass"),
	OUT("instructions", FIELD_NUMBER, .purpose = "with those of all functions it calls"),
	OUT("frames", FIELD_NUMBER, .purpose = "the deepest call; its own is the first"),
	OUT("frames_max", FIELD_NUMBER, .purpose = "the kernel's limit"),
	OUT("stack", FIELD_NUMBER, .purpose = "bytes of the deepest frames, as the kernel rounds"),
	OUT("stack_max", FIELD_NUMBER, .purpose = "the kernel's limit"),
	OUT("tail_calls", FIELD_BOOLEAN),
	OUT("callbacks", FIELD_BOOLEAN),
	OUT("helpers", FIELD_OBJECTS, .type = &helper_type),
	OUT("kfuncs", FIELD_NAMES, .purpose = "names as in the object"),
	OUT("notes", FIELD_NAMES, .purpose = "how it can become part of a chain"),
	OUT("verified", FIELD_NUMBER, OPTIONAL,
	    .purpose = "the verifier took it, after so many instructions; none: it was not asked, "
		       "or refused it"),
	OUT("obstacles", FIELD_OBJECTS, OPTIONAL, .type = &obstacle_type,
	    .purpose = "to attaching it; none: it is not for that"),
	END,
};
static const struct type program_type = { "Program", .fields = program_fields };

static const struct field function_fields[] = {
	OUT("name", FIELD_STRING),
	OUT("section", FIELD_STRING),
	OUT("linkage", FIELD_CHOICE, .type = &linkage_type,
	    .purpose = "global ones are verified by themselves"),
	OUT("instructions", FIELD_NUMBER),
	OUT("stack", FIELD_NUMBER, .purpose = "bytes of its own frame"),
	OUT("calls", FIELD_NAMES, .purpose = "functions of the object, callbacks too"),
	END,
};
static const struct type function_type = { "Function", .fields = function_fields };

static const struct field map_fields[] = {
	OUT("name", FIELD_STRING),
	OUT("type", FIELD_STRING, .purpose = "as bpftool calls it"),
	OUT("key", FIELD_NUMBER, .purpose = "bytes"),
	OUT("value", FIELD_NUMBER, .purpose = "bytes"),
	OUT("key_type", FIELD_STRING, OPTIONAL),
	OUT("value_type", FIELD_STRING, OPTIONAL),
	OUT("entries", FIELD_NUMBER, .purpose = "at most; 0: as many as there are processors"),
	OUT("flags", FIELD_NUMBER, .purpose = "BPF_F_... of linux/bpf.h"),
	OUT("pin", FIELD_STRING, OPTIONAL,
	    .purpose = "path; the map there is used if there is one"),
	END,
};
static const struct type map_type = { "Map", .fields = map_fields };

static const struct field variable_fields[] = {
	OUT("name", FIELD_STRING),
	OUT("section", FIELD_STRING),
	OUT("declaration", FIELD_STRING, .purpose = "in C"),
	OUT("size", FIELD_NUMBER, .purpose = "bytes"),
	OUT("constant", FIELD_BOOLEAN, .purpose = "for the program"),
	OUT("value", FIELD_STRING, .purpose = "that it begins with"),
	END,
};
static const struct type variable_type = { "Variable", .fields = variable_fields };

static const struct field kfunc_fields[] = {
	OUT("name", FIELD_STRING, .purpose = "as in the object, with its flavour"),
	OUT("kernel_name", FIELD_STRING, .purpose = "the kernel's, without"),
	OUT("weak", FIELD_BOOLEAN, .purpose = "it may be missing"),
	OUT("group", FIELD_STRING, OPTIONAL, .purpose = "of which one must be there"),
	OUT("state", FIELD_CHOICE, OPTIONAL, .type = &state_type,
	    .purpose = "different: there, with another prototype; none: the kernel has no BTF"),
	OUT("prototype", FIELD_STRING, .purpose = "the object's"),
	OUT("kernel_prototype", FIELD_STRING, OPTIONAL),
	OUT("module", FIELD_STRING, OPTIONAL, .purpose = "of the kernel that has it"),
	OUT("since", FIELD_STRING, OPTIONAL, .purpose = "the kernel that brought it"),
	END,
};
static const struct type kfunc_type = { "Kfunc", .fields = kfunc_fields };

static const struct field group_fields[] = {
	OUT("name", FIELD_STRING),
	OUT("members", FIELD_NAMES),
	OUT("resolved", FIELD_BOOLEAN, .purpose = "one of them is there"),
	END,
};
static const struct type group_type = { "Group", .fields = group_fields };

const struct type *const inspection_types[] = {
	&verdict_type, &linkage_type, &kind_type,     &state_type, &obstacle_type,
	&helper_type,  &program_type, &function_type, &map_type,   &variable_type,
	&kfunc_type,   &group_type,   NULL,
};

static const struct field in[] = {
	IN(object, FIELD_FD, false, "the ELF object"),
	IN(libraries, FIELD_FDS, true, "ELF objects to be joined to it"),
	IN(policy, FIELD_NAME, true, "file with the object of a policy"),
	IN(slot, FIELD_NAME, true, "function in it that the program is to take the place of"),
	IN(btf, FIELD_NAME, true, "file with the types of the kernel; default: this kernel's"),
	IN(program, FIELD_NAME, true, "if the object has several"),
	END,
};

static const struct field out[] = {
	OUT("file", FIELD_STRING),
	OUT("object", FIELD_STRING, .purpose = "sha256:HEX of the file"),
	OUT("kernel", FIELD_STRING, .purpose = "release of this one, or the file with its types"),
	OUT("programs", FIELD_OBJECTS, .type = &program_type),
	OUT("functions", FIELD_OBJECTS, .type = &function_type,
	    .purpose = "of all programs, and they themselves"),
	OUT("maps", FIELD_OBJECTS, .type = &map_type, .purpose = "but for those of variables"),
	OUT("variables", FIELD_OBJECTS, .type = &variable_type),
	OUT("kfuncs", FIELD_OBJECTS, .type = &kfunc_type),
	OUT("groups", FIELD_OBJECTS, .type = &group_type, .purpose = "of kfuncs"),
	OUT("program", FIELD_STRING, OPTIONAL, .purpose = "that attach would take"),
	OUT("attachable", FIELD_BOOLEAN, .purpose = "nothing is in the way that is known"),
	OUT("loaded", FIELD_BOOLEAN, .purpose = "the verifier of this kernel was asked"),
	OUT("obstacles", FIELD_OBJECTS, .type = &obstacle_type),
	END,
};

const struct method inspection = {
	"inspect", RIGHT_READ,
	in,	   sizeof(struct inspect_request),
	out,	   "What is in an object, and whether attaching it would work here.",
};
