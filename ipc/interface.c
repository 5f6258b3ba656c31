#define _GNU_SOURCE
#include "ipc/interface.h"

#include "base/cleanup.h"
#include "base/error.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define END \
	{   \
	}
#define OPTIONAL true
#define REQUIRED false
#define IN(request, member, field_kind, need, ...)                      \
	{                                                               \
		.name = #member, .kind = field_kind, .optional = need,  \
		.offset = offsetof(struct request, member), __VA_ARGS__ \
	}
#define OUT(field_name, field_kind, need, ...)                                        \
	{                                                                             \
		.name = field_name, .kind = field_kind, .optional = need, __VA_ARGS__ \
	}

static const char *const mode_names[] = { "native", "skb", NULL };
static const struct type mode_type = { "Mode", .names = mode_names };

static const char *const verdict_names[] = { "aborted", "drop", "pass", "tx", "redirect", NULL };
static const struct type verdict_type = { "Verdict", .names = verdict_names };
static_assert(array_size(verdict_names) == VERDICT_COUNT + 1, "the interface knows all verdicts");

static const char *const join_names[] = { "extension", "inlined", "called", "tail_called", NULL };
static const struct type join_type = { "Join", .names = join_names };

static const char *const on_failure_names[] = { "skip", "drop", NULL };
static const struct type on_failure_type = { "OnFailure", .names = on_failure_names };

static const char *const component_state_names[] = { "running", "waiting", "failed", NULL };
static const struct type component_state_type = { "ComponentState",
						  .names = component_state_names };

static const char *const device_state_names[] = { "attached", "absent", "failed", NULL };
static const struct type device_state_type = { "DeviceState", .names = device_state_names };

static const char *const owner_names[] = { "link", "netlink", NULL };
static const struct type owner_type = { "Owner", .names = owner_names };

static const struct field map_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "as in the object"),
	OUT("id", FIELD_NUMBER, REQUIRED, .purpose = "the kernel's"),
	END,
};
static const struct type map_type = { "Map", .fields = map_fields };

static const struct field terminate_fields[] = {
	OUT("aborted", FIELD_NUMBER, REQUIRED),	 OUT("drop", FIELD_NUMBER, REQUIRED),
	OUT("pass", FIELD_NUMBER, REQUIRED),	 OUT("tx", FIELD_NUMBER, REQUIRED),
	OUT("redirect", FIELD_NUMBER, REQUIRED), END,
};
static const struct type terminate_type = { "Terminate", .fields = terminate_fields };

static const struct field counters_fields[] = {
	OUT("run", FIELD_NUMBER, REQUIRED, .purpose = "packets the component saw"),
	OUT("proceed", FIELD_NUMBER, REQUIRED, .purpose = "packets that went on behind it"),
	OUT("terminate", FIELD_OBJECT, REQUIRED, .type = &terminate_type,
	    .purpose = "packets whose way through the chain ended here, by verdict"),
	END,
};
static const struct type counters_type = { "Counters", .fields = counters_fields };

static const struct field component_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "unique on the device"),
	OUT("priority", FIELD_NUMBER, REQUIRED, .purpose = "lower runs first"),
	OUT("proceed_on", FIELD_VERDICTS, REQUIRED, .type = &verdict_type,
	    .purpose = "after these the next one runs"),
	OUT("state", FIELD_CHOICE, REQUIRED, .type = &component_state_type,
	    .purpose = "waiting: for its device; failed: it cannot be loaded"),
	OUT("failure", FIELD_STRING, OPTIONAL, .purpose = "why it cannot be loaded"),
	OUT("on_failure", FIELD_CHOICE, REQUIRED, .type = &on_failure_type,
	    .purpose = "what becomes of packets then"),
	OUT("prog_id", FIELD_NUMBER, OPTIONAL, .purpose = "the kernel's id of the loaded program"),
	OUT("prog_name", FIELD_STRING, REQUIRED, .purpose = "its function"),
	OUT("slot", FIELD_NUMBER, OPTIONAL, .purpose = "its place in the chain, from 0"),
	OUT("join", FIELD_CHOICE, OPTIONAL, .type = &join_type,
	    .purpose = "how it became part of what the device runs"),
	OUT("why", FIELD_STRING, OPTIONAL, .purpose = "it is not inlined"),
	OUT("verified", FIELD_NUMBER, OPTIONAL,
	    .purpose = "instructions the verifier followed for it alone; 0: not known"),
	OUT("object", FIELD_STRING, OPTIONAL,
	    .purpose = "sha256:HEX of the object file; none: it was adopted without one"),
	OUT("maps", FIELD_OBJECTS, OPTIONAL, .type = &map_type),
	OUT("counters", FIELD_OBJECT, REQUIRED, .type = &counters_type),
	END,
};
static const struct type component_type = { "Component", .fields = component_fields };

static const struct field rootlet_fields[] = {
	OUT("prog_id", FIELD_NUMBER, REQUIRED, .purpose = "of the program the device runs"),
	OUT("link_id", FIELD_NUMBER, OPTIONAL,
	    .purpose = "of the device's XDP link, if it has one"),
	OUT("verified", FIELD_NUMBER, REQUIRED,
	    .purpose = "instructions the verifier followed for it; 0: not known"),
	END,
};
static const struct type rootlet_type = { "Rootlet", .fields = rootlet_fields };

static const struct field device_fields[] = {
	OUT("ifname", FIELD_STRING, REQUIRED),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = "path; none: the daemon's own"),
	OUT("ifindex", FIELD_NUMBER, REQUIRED, .purpose = "0: there is no such device now"),
	OUT("state", FIELD_CHOICE, REQUIRED, .type = &device_state_type,
	    .purpose = "absent: its chain waits for it; failed: see the note"),
	OUT("mode", FIELD_CHOICE, OPTIONAL, .type = &mode_type),
	OUT("owned", FIELD_CHOICE, OPTIONAL, .type = &owner_type,
	    .purpose =
		    "how the device is held; netlink: it was adopted, and root can take it away"),
	OUT("linker", FIELD_STRING, OPTIONAL, .purpose = "freplace or fused"),
	OUT("generation", FIELD_NUMBER, REQUIRED, .purpose = "rises with every change"),
	OUT("match", FIELD_STRING, OPTIONAL, .purpose = "what tells it, if not its name"),
	OUT("note", FIELD_STRING, OPTIONAL, .purpose = "what the user should know"),
	OUT("rootlet", FIELD_OBJECT, OPTIONAL, .type = &rootlet_type),
	OUT("components", FIELD_OBJECTS, REQUIRED, .type = &component_type,
	    .purpose = "in the order they run"),
	END,
};
static const struct type device_type = { "Device", .fields = device_fields };

static const struct field result_fields[] = {
	OUT("ifname", FIELD_STRING, REQUIRED),
	OUT("ifindex", FIELD_NUMBER, REQUIRED),
	OUT("name", FIELD_STRING, OPTIONAL, .purpose = "of the component; none with all"),
	OUT("generation", FIELD_NUMBER, REQUIRED, .purpose = "that the device has now"),
	OUT("mode", FIELD_CHOICE, OPTIONAL, .type = &mode_type, .purpose = "none after a release"),
	OUT("note", FIELD_STRING, OPTIONAL, .purpose = "what the user should know"),
	END,
};
static const struct type result_type = { "Result", .fields = result_fields };

static const struct field finding_fields[] = {
	OUT("ifname", FIELD_STRING, OPTIONAL, .purpose = "none: it is about no device"),
	OUT("difference", FIELD_STRING, REQUIRED, .purpose = "one sentence"),
	OUT("mended", FIELD_BOOLEAN, REQUIRED),
	END,
};
static const struct type finding_type = { "Finding", .fields = finding_fields };

static const struct field feature_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED),
	OUT("purpose", FIELD_STRING, REQUIRED),
	OUT("available", FIELD_BOOLEAN, REQUIRED),
	OUT("why", FIELD_STRING, REQUIRED, .purpose = "what was tried, and the kernel's answer"),
	END,
};
static const struct type feature_type = { "Feature", .fields = feature_fields };

const struct type *const types[] = {
	&verdict_type,	    &mode_type,	   &join_type,	 &on_failure_type, &component_state_type,
	&device_state_type, &owner_type,   &map_type,	 &terminate_type,  &counters_type,
	&component_type,    &rootlet_type, &device_type, &result_type,	   &feature_type,
	&finding_type,	    NULL,
};

#define NETNS_PURPOSE "of the devices: a name of /run/netns, or a path; default: the daemon's"

static const struct field attach_in[] = {
	IN(attach_request, devices, FIELD_NAMES, REQUIRED, .purpose = "names; all or none"),
	IN(attach_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(attach_request, object, FIELD_FD, REQUIRED,
	   .purpose = "the ELF object: place of its file descriptor among those sent along"),
	IN(attach_request, program, FIELD_NAME, OPTIONAL, .purpose = "if the object has several"),
	IN(attach_request, name, FIELD_NAME, OPTIONAL, .purpose = "default: the program's"),
	IN(attach_request, priority, FIELD_NUMBER, OPTIONAL, .maximum = PRIORITY_MAX,
	   .purpose = "lower runs first; default: the object's, else 50"),
	IN(attach_request, proceed_on, FIELD_VERDICTS, OPTIONAL, .type = &verdict_type,
	   .purpose = "after these the next one runs; default: the object's, else pass"),
	IN(attach_request, before, FIELD_NAME, OPTIONAL, .purpose = "name of a neighbour"),
	IN(attach_request, after, FIELD_NAME, OPTIONAL, .purpose = "name of a neighbour"),
	IN(attach_request, mode, FIELD_CHOICE, OPTIONAL, .type = &mode_type,
	   .purpose = "default: the device's, else native, else skb"),
	IN(attach_request, on_failure, FIELD_CHOICE, OPTIONAL, .type = &on_failure_type,
	   .purpose = "if it cannot be loaded when the machine starts again; default: skip"),
	IN(attach_request, match, FIELD_NAME, OPTIONAL,
	   .purpose = "what tells the device when it comes again: mac=, permaddr= or altname=; "
		      "default: its name"),
	IN(attach_request, expect_generation, FIELD_NUMBER, OPTIONAL,
	   .purpose = "refuse if a device has another"),
	END,
};

static const struct field detach_in[] = {
	IN(detach_request, devices, FIELD_NAMES, REQUIRED, .purpose = "names; all or none"),
	IN(detach_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(detach_request, name, FIELD_NAME, OPTIONAL, .purpose = "of the component; or all"),
	IN(detach_request, all, FIELD_BOOLEAN, OPTIONAL, .purpose = "every component"),
	IN(detach_request, release, FIELD_BOOLEAN, OPTIONAL, .purpose = "and give the device up"),
	IN(detach_request, expect_generation, FIELD_NUMBER, OPTIONAL,
	   .purpose = "refuse if a device has another"),
	END,
};

static const struct field replace_in[] = {
	IN(replace_request, devices, FIELD_NAMES, REQUIRED, .purpose = "names; all or none"),
	IN(replace_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(replace_request, name, FIELD_NAME, REQUIRED, .purpose = "of the component"),
	IN(replace_request, object, FIELD_FD, REQUIRED,
	   .purpose = "the ELF object: place of its file descriptor among those sent along"),
	IN(replace_request, program, FIELD_NAME, OPTIONAL, .purpose = "if the object has several"),
	IN(replace_request, fresh_maps, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "carry no map over; default: those of the same name and definition"),
	IN(replace_request, allow_map_change, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "a map of another definition is new; default: refuse"),
	IN(replace_request, expect_generation, FIELD_NUMBER, OPTIONAL,
	   .purpose = "refuse if a device has another"),
	END,
};

static const struct field move_in[] = {
	IN(move_request, devices, FIELD_NAMES, REQUIRED, .purpose = "names; all or none"),
	IN(move_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(move_request, name, FIELD_NAME, REQUIRED, .purpose = "of the component"),
	IN(move_request, priority, FIELD_NUMBER, OPTIONAL, .maximum = PRIORITY_MAX,
	   .purpose = "lower runs first; default: as it is"),
	IN(move_request, proceed_on, FIELD_VERDICTS, OPTIONAL, .type = &verdict_type,
	   .purpose = "after these the next one runs; default: as it is"),
	IN(move_request, before, FIELD_NAME, OPTIONAL, .purpose = "name of a neighbour"),
	IN(move_request, after, FIELD_NAME, OPTIONAL, .purpose = "name of a neighbour"),
	IN(move_request, expect_generation, FIELD_NUMBER, OPTIONAL,
	   .purpose = "refuse if a device has another"),
	END,
};

static const struct field adopt_in[] = {
	IN(adopt_request, devices, FIELD_NAMES, REQUIRED, .purpose = "names; all or none"),
	IN(adopt_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(adopt_request, expect_generation, FIELD_NUMBER, OPTIONAL,
	   .purpose = "refuse if a device has another"),
	END,
};

static const struct field results_out[] = {
	OUT("results", FIELD_OBJECTS, REQUIRED, .type = &result_type),
	END,
};

static const struct field status_in[] = {
	IN(status_request, devices, FIELD_NAMES, OPTIONAL,
	   .purpose = "names; default: all, in all namespaces"),
	IN(status_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	END,
};

static const struct field verify_in[] = {
	IN(verify_request, repair, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "mend what can be mended; for those who may change things"),
	END,
};

static const struct field verify_out[] = {
	OUT("findings", FIELD_OBJECTS, REQUIRED, .type = &finding_type),
	END,
};

static const struct field status_out[] = {
	OUT("devices", FIELD_OBJECTS, REQUIRED, .type = &device_type),
	END,
};

static const struct field features_in[] = { END };

static const struct field features_out[] = {
	OUT("kernel", FIELD_STRING, REQUIRED, .purpose = "its release"),
	OUT("linker", FIELD_STRING, REQUIRED, .purpose = "the one in use"),
	OUT("why", FIELD_STRING, REQUIRED, .purpose = "it is the one in use"),
	OUT("components_max", FIELD_NUMBER, REQUIRED, .purpose = "on one device"),
	OUT("features", FIELD_OBJECTS, REQUIRED, .type = &feature_type),
	END,
};

const struct method methods[METHOD_COUNT] = {
	[METHOD_ATTACH] = { "Attach", RIGHT_CHANGE, attach_in, sizeof(struct attach_request),
			    results_out, "Adds a component to chains." },
	[METHOD_DETACH] = { "Detach", RIGHT_CHANGE, detach_in, sizeof(struct detach_request),
			    results_out, "Takes components out of chains." },
	[METHOD_REPLACE] = { "Replace", RIGHT_CHANGE, replace_in, sizeof(struct replace_request),
			     results_out, "Puts another program in a component's place." },
	[METHOD_MOVE] = { "Move", RIGHT_CHANGE, move_in, sizeof(struct move_request), results_out,
			  "Gives a component another place or proceed set." },
	[METHOD_ADOPT] = { "Adopt", RIGHT_CHANGE, adopt_in, sizeof(struct adopt_request),
			   results_out,
			   "Takes over the XDP programs that somebody else runs on devices." },
	[METHOD_STATUS] = { "Status", RIGHT_READ, status_in, sizeof(struct status_request),
			    status_out, "What runs where, in order." },
	[METHOD_VERIFY] = { "Verify", RIGHT_READ, verify_in, sizeof(struct verify_request),
			    verify_out, "Compares what it believes with the kernel and the disk." },
	[METHOD_FEATURES] = { "Features", RIGHT_READ, features_in, sizeof(struct features_request),
			      features_out, "What this kernel can do, and what is made of it." },
};

const struct method *method_find(const char *name)
{
	for (enum method_id id = 0; id < METHOD_COUNT; id++)
		if (!strcmp(methods[id].name, name))
			return &methods[id];
	return NULL;
}

const struct field *field_find(const struct field *fields, const char *name)
{
	for (; fields->name; fields++)
		if (!strcmp(fields->name, name))
			return fields;
	return NULL;
}

int choice_find(const struct type *type, const char *name)
{
	for (int i = 0; type->names[i]; i++)
		if (!strcmp(type->names[i], name))
			return i + 1;
	return 0;
}

char *choices_format(const struct type *type, char text[static CHOICES_TEXT_MAX])
{
	size_t length = 0;

	text[0] = '\0';
	for (const char *const *name = type->names; *name && length < CHOICES_TEXT_MAX; name++)
		length += snprintf(text + length, CHOICES_TEXT_MAX - length, "%s%s",
				   name == type->names ? "" : ", ", *name);
	return text;
}

static const char *kind_text(const struct field *field)
{
	switch (field->kind) {
	case FIELD_STRING:
	case FIELD_NAME:
		return "string";
	case FIELD_NAMES:
		return "[]string";
	case FIELD_NUMBER:
	case FIELD_FD:
		return "int";
	case FIELD_BOOLEAN:
		return "bool";
	case FIELD_VERDICTS:
		return "[]Verdict";
	case FIELD_CHOICE:
	case FIELD_OBJECT:
	case FIELD_OBJECTS:
		return field->type->name;
	}
	return NULL;
}

static void write_fields(FILE *text, const struct field *fields)
{
	fputs("(", text);
	for (const struct field *field = fields; field->name; field++) {
		fputs(field == fields ? "\n" : ",\n", text);
		if (field->purpose)
			fprintf(text, "  # %s\n", field->purpose);
		fprintf(text, "  %s: %s%s%s", field->name, field->optional ? "?" : "",
			field->kind == FIELD_OBJECTS ? "[]" : "", kind_text(field));
	}
	fputs(fields->name ? "\n)" : ")", text);
}

static void write_names(FILE *text, const char *const *names)
{
	for (const char *const *name = names; *name; name++)
		fprintf(text, "%s%s", name == names ? "(" : ", ", *name);
	fputs(")", text);
}

char *interface_text(void)
{
	char *written = NULL;
	size_t size;
	FILE *text = open_memstream(&written, &size);

	if (!text)
		return NULL;
	fputs("# Many XDP programs on one network device.\ninterface " INTERFACE_NAME "\n", text);
	for (const struct type *const *type = types; *type; type++) {
		fprintf(text, "\ntype %s ", (*type)->name);
		if ((*type)->names)
			write_names(text, (*type)->names);
		else
			write_fields(text, (*type)->fields);
		fputs("\n", text);
	}
	for (enum method_id id = 0; id < METHOD_COUNT; id++) {
		fprintf(text, "\n# %s\nmethod %s", methods[id].purpose, methods[id].name);
		write_fields(text, methods[id].in);
		fputs(" -> ", text);
		write_fields(text, methods[id].out);
		fputs("\n", text);
	}
	fputs("\n# Every error says what failed in one sentence, the errno by its name, and has\n"
	      "# further lines where there are any, as of the verifier.\n",
	      text);
	for (enum error_id id = ERROR_NONE + 1; id < ERROR_COUNT; id++)
		fprintf(text, "error %s (message: string, errno: string, detail: []string)\n",
			error_name(id));
	if (fclose(text) != 0) {
		free(written);
		return NULL;
	}
	return written;
}
