/*
 * All tables of the interface, in one file because each leans on those before it: a row here is all
 * that there is to say about a field.
 */
#include "ipc/interface.h"

#include "base/cleanup.h"

#include <assert.h>

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
/* A member of the struct component_request that is the member `at` of the request. */
#define COMPONENT(request, at, member, field_kind, ...)                    \
	{                                                                  \
		.name = #member, .kind = field_kind, .optional = OPTIONAL, \
		.offset = offsetof(struct request, at) +                   \
			  offsetof(struct component_request, member),      \
		__VA_ARGS__                                                \
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

/* Whose tools list what a device runs, as their own. */
static const char *const interop_names[] = { "none", "libxdp", NULL };
static const struct type interop_type = { "Interop", .names = interop_names };

static const char *const component_state_names[] = { "running", "waiting", "failed", "parked",
						     NULL };
static const struct type component_state_type = { "ComponentState",
						  .names = component_state_names };

static const char *const device_state_names[] = { "attached", "absent",	 "failed",
						  "released", "unknown", NULL };
static const struct type device_state_type = { "DeviceState", .names = device_state_names };

static const char *const owner_names[] = { "link", "netlink", NULL };
static const struct type owner_type = { "Owner", .names = owner_names };

static const struct field map_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "as in the object"),
	OUT("id", FIELD_NUMBER, REQUIRED, .purpose = "the kernel's"),
	END,
};
static const struct type map_type = { "Map", .fields = map_fields };

static const struct field library_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "of its file"),
	OUT("object", FIELD_STRING, REQUIRED, .purpose = "sha256:HEX of the object file"),
	END,
};
static const struct type library_type = { "Library", .fields = library_fields };

static const struct field map_holder_fields[] = {
	OUT("ifname", FIELD_STRING, REQUIRED),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = "path; none: the daemon's own"),
	OUT("component", FIELD_STRING, REQUIRED),
	OUT("policy", FIELD_BOOLEAN, OPTIONAL, .purpose = "it is the device's policy"),
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "of the map, in its object"),
	OUT("pin", FIELD_STRING, OPTIONAL, .purpose = "path, for others"),
	OUT("uid", FIELD_NUMBER, OPTIONAL, .purpose = "of the pin"),
	OUT("gid", FIELD_NUMBER, OPTIONAL, .purpose = "of the pin"),
	OUT("mode", FIELD_STRING, OPTIONAL, .purpose = "of the pin, in octal"),
	END,
};
static const struct type map_holder_type = { "MapHolder", .fields = map_holder_fields };

static const struct field loaded_map_fields[] = {
	OUT("id", FIELD_NUMBER, REQUIRED, .purpose = "the kernel's"),
	OUT("type", FIELD_STRING, REQUIRED, .purpose = "as bpftool-map(8) has it"),
	OUT("key_size", FIELD_NUMBER, REQUIRED, .purpose = "bytes"),
	OUT("value_size", FIELD_NUMBER, REQUIRED, .purpose = "bytes"),
	OUT("max_entries", FIELD_NUMBER, REQUIRED),
	OUT("memory", FIELD_NUMBER, REQUIRED, .purpose = "bytes in the kernel"),
	OUT("holders", FIELD_OBJECTS, REQUIRED, .type = &map_holder_type),
	END,
};
static const struct type loaded_map_type = { "LoadedMap", .fields = loaded_map_fields };

static const struct field terminate_fields[] = {
	OUT("aborted", FIELD_NUMBER, REQUIRED),	 OUT("drop", FIELD_NUMBER, REQUIRED),
	OUT("pass", FIELD_NUMBER, REQUIRED),	 OUT("tx", FIELD_NUMBER, REQUIRED),
	OUT("redirect", FIELD_NUMBER, REQUIRED), END,
};
static const struct type terminate_type = { "Terminate", .fields = terminate_fields };

static const struct field counters_fields[] = {
	OUT("run", FIELD_NUMBER, REQUIRED, .purpose = "packets the component saw"),
	OUT("proceed", FIELD_NUMBER, REQUIRED, .purpose = "packets that went on behind it"),
	OUT("overruled", FIELD_NUMBER, REQUIRED,
	    .purpose = "packets of which it decided what it may not, so that they became aborted"),
	OUT("terminate", FIELD_OBJECT, REQUIRED, .type = &terminate_type,
	    .purpose = "packets whose way through the chain ended here, by verdict"),
	END,
};
static const struct type counters_type = { "Counters", .fields = counters_fields };

static const char *const kfunc_state_names[] = { "resolved", "absent", "different", NULL };
static const struct type kfunc_state_type = { "KfuncState", .names = kfunc_state_names };

static const struct field kfunc_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "as in the object, with its flavour"),
	OUT("group", FIELD_STRING, OPTIONAL, .purpose = "of which one must be there"),
	OUT("state", FIELD_CHOICE, REQUIRED, .type = &kfunc_state_type,
	    .purpose = "different: the kernel has it with another prototype"),
	END,
};
static const struct type kfunc_type = { "Kfunc", .fields = kfunc_fields };

static const struct field component_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "unique on the device"),
	OUT("priority", FIELD_NUMBER, REQUIRED, .purpose = "lower runs first"),
	OUT("proceed_on", FIELD_VERDICTS, REQUIRED, .type = &verdict_type,
	    .purpose = "after these the next one runs"),
	OUT("allow_verdicts", FIELD_VERDICTS, OPTIONAL, .type = &verdict_type,
	    .purpose = "what it may decide; none: all"),
	OUT("state", FIELD_CHOICE, REQUIRED, .type = &component_state_type,
	    .purpose = "waiting: for its device; failed: it cannot be loaded; parked: the rootlet "
		       "has no "
		       "place for it, and it waits for one that has"),
	OUT("failure", FIELD_STRING, OPTIONAL, .purpose = "why it cannot be loaded"),
	OUT("on_failure", FIELD_CHOICE, REQUIRED, .type = &on_failure_type,
	    .purpose = "what becomes of packets then"),
	OUT("prog_id", FIELD_NUMBER, OPTIONAL, .purpose = "the kernel's id of the loaded program"),
	OUT("prog_name", FIELD_STRING, REQUIRED, .purpose = "its function"),
	OUT("slot", FIELD_NUMBER, OPTIONAL, .purpose = "its place in the chain, from 0"),
	OUT("fills", FIELD_STRING, OPTIONAL, .purpose = "the slot of a policy that it is for"),
	OUT("join", FIELD_CHOICE, OPTIONAL, .type = &join_type,
	    .purpose = "how it became part of what the device runs"),
	OUT("why", FIELD_STRING, OPTIONAL, .purpose = "it is not inlined"),
	OUT("verified", FIELD_NUMBER, OPTIONAL,
	    .purpose = "instructions the verifier followed for it alone; 0: not known"),
	OUT("object", FIELD_STRING, OPTIONAL,
	    .purpose = "sha256:HEX of the object file; none: it was adopted without one"),
	OUT("set", FIELD_NAMES, OPTIONAL, .purpose = "global variables that were, as NAME=VALUE"),
	OUT("libraries", FIELD_OBJECTS, OPTIONAL, .type = &library_type,
	    .purpose = "joined to the object"),
	OUT("share_maps", FIELD_NAMES, OPTIONAL,
	    .purpose = "maps that are others', as NAME=COMPONENT:MAP or NAME=pin:/PATH"),
	OUT("devbound", FIELD_BOOLEAN, OPTIONAL,
	    .purpose = "true: it is bound to the device, and all of the chain is one program"),
	OUT("map_owner", FIELD_STRING, OPTIONAL,
	    .purpose = "to whom the pins of its maps were given; none: root"),
	OUT("map_mode", FIELD_STRING, OPTIONAL,
	    .purpose = "of these pins, in octal; none: 600, or as it was made by hand"),
	OUT("maps", FIELD_OBJECTS, OPTIONAL, .type = &map_type),
	OUT("kfuncs", FIELD_OBJECTS, OPTIONAL, .type = &kfunc_type,
	    .purpose = "functions of the kernel that the object calls by name, if it does"),
	OUT("counters", FIELD_OBJECT, OPTIONAL, .type = &counters_type,
	    .purpose = "none: it is for a slot of a policy, and not counted"),
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

static const struct field unconfirmed_fields[] = {
	OUT("seconds", FIELD_NUMBER, REQUIRED,
	    .purpose = "until it is put back; 0: it is as soon as it can be"),
	OUT("change", FIELD_NUMBER, REQUIRED,
	    .purpose = "its number, the same on all devices that go back together"),
	OUT("before", FIELD_NAMES, OPTIONAL,
	    .purpose = "what ran before, in order; none: the device was not xdpd's"),
	OUT("failure", FIELD_STRING, OPTIONAL, .purpose = "why it could not be put back so far"),
	END,
};
static const struct type unconfirmed_type = { "Unconfirmed", .fields = unconfirmed_fields };

static const struct field device_fields[] = {
	OUT("ifname", FIELD_STRING, REQUIRED),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = "path; none: the daemon's own"),
	OUT("ifindex", FIELD_NUMBER, REQUIRED, .purpose = "0: there is no such device now"),
	OUT("state", FIELD_CHOICE, REQUIRED, .type = &device_state_type,
	    .purpose = "absent: its chain waits for it; failed: see the note; released: given up, "
		       "and not confirmed; unknown: it runs a chain of an earlier xdpd, whose "
		       "record is lost"),
	OUT("mode", FIELD_CHOICE, OPTIONAL, .type = &mode_type,
	    .purpose = "none: nothing is attached"),
	OUT("wanted_mode", FIELD_CHOICE, OPTIONAL, .type = &mode_type,
	    .purpose = "none: native or, where the driver has no native XDP, skb"),
	OUT("owned", FIELD_CHOICE, OPTIONAL, .type = &owner_type,
	    .purpose =
		    "how the device is held; netlink: it was adopted, and root can take it away"),
	OUT("linker", FIELD_STRING, OPTIONAL, .purpose = "freplace or fused"),
	OUT("generation", FIELD_NUMBER, REQUIRED, .purpose = "rises with every change"),
	OUT("match", FIELD_STRING, OPTIONAL, .purpose = "what tells it, if not its name"),
	OUT("interop", FIELD_CHOICE, OPTIONAL, .type = &interop_type,
	    .purpose = "whose tools are to list its components, if any"),
	OUT("note", FIELD_STRING, OPTIONAL, .purpose = "what the user should know"),
	OUT("unconfirmed", FIELD_OBJECT, OPTIONAL, .type = &unconfirmed_type,
	    .purpose = "what it runs is put back unless somebody confirms it"),
	OUT("rootlet", FIELD_OBJECT, OPTIONAL, .type = &rootlet_type),
	OUT("policy", FIELD_STRING, OPTIONAL,
	    .purpose = "the program that is its rootlet; none: xdpd's own"),
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
	OUT("confirm_within", FIELD_NUMBER, OPTIONAL,
	    .purpose = "seconds in which Confirm must come; else all is put back"),
	END,
};
static const struct type result_type = { "Result", .fields = result_fields };

static const struct field policy_slot_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "of the function"),
	OUT("signature", FIELD_STRING, REQUIRED, .purpose = "in C"),
	OUT("component", FIELD_STRING, OPTIONAL, .purpose = "who fills it; none: nobody"),
	END,
};
static const struct type policy_slot_type = { "PolicySlot", .fields = policy_slot_fields };

static const struct field policy_fields[] = {
	OUT("ifname", FIELD_STRING, REQUIRED),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = "path; none: the daemon's own"),
	OUT("prog_name", FIELD_STRING, REQUIRED, .purpose = "its function"),
	OUT("prog_id", FIELD_NUMBER, OPTIONAL, .purpose = "the kernel's id, with all slots empty"),
	OUT("object", FIELD_STRING, REQUIRED, .purpose = "sha256:HEX of the object file"),
	OUT("failure", FIELD_STRING, OPTIONAL, .purpose = "why it cannot be loaded"),
	OUT("slots", FIELD_OBJECTS, REQUIRED, .type = &policy_slot_type,
	    .purpose = "none: they are not known while it is not loaded"),
	END,
};
static const struct type policy_type = { "Policy", .fields = policy_fields };

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

static const char *const record_names[] = { "xdpd", "kernel", "both", NULL };
static const struct type record_type = { "Record", .names = record_names };

static const struct field node_fields[] = {
	OUT("id", FIELD_STRING, REQUIRED, .purpose = "of the node, the same in every graph"),
	OUT("kind", FIELD_STRING, REQUIRED,
	    .purpose = "device, chain, unconfirmed change, attachment, generation, rootlet, slot, "
		       "extension, "
		       "component, map, object, library, types; of others: pin, process, program, "
		       "link; and "
		       "there may be more"),
	OUT("name", FIELD_STRING, REQUIRED),
	OUT("kernel_id", FIELD_NUMBER, OPTIONAL,
	    .purpose = "the kernel's, of its program, link, map, types or device"),
	OUT("device", FIELD_STRING, OPTIONAL, .purpose = "the name of one, for it and its chain"),
	OUT("about", FIELD_STRING, OPTIONAL, .purpose = "one clause more"),
	OUT("pins", FIELD_STRING, OPTIONAL,
	    .purpose = "the directory with its pins, which go with it"),
	END,
};
static const struct type node_type = { "Node", .fields = node_fields };

static const struct field edge_fields[] = {
	OUT("from", FIELD_STRING, REQUIRED, .purpose = "id of the node that keeps"),
	OUT("to", FIELD_STRING, REQUIRED, .purpose = "the other alive"),
	OUT("relation", FIELD_STRING, REQUIRED, .purpose = "how, in a word or two"),
	OUT("name", FIELD_STRING, OPTIONAL, .purpose = "what the holder calls the other"),
	OUT("record", FIELD_CHOICE, REQUIRED, .type = &record_type,
	    .purpose = "who says so; xdpd: the kernel does not tell"),
	OUT("difference", FIELD_STRING, OPTIONAL,
	    .purpose = "what the kernel says instead, a sentence"),
	END,
};
static const struct type edge_type = { "Edge", .fields = edge_fields };

#define MAP_OWNER_PURPOSE                                                                      \
	"to whom the pins of its maps belong: USER, USER:GROUP or :GROUP, by name or number; " \
	"default: "
#define MAP_MODE_PURPOSE \
	"of these pins, in octal: 4 to read and 2 to write, for user, group and others; default: "

/* All that can be said of a component, by attach and in files alike. */
#define COMPONENT_FIELDS(request, at)                                                              \
	COMPONENT(request, at, program, FIELD_NAME, .purpose = "if the object has several"),       \
		COMPONENT(request, at, name, FIELD_NAME,                                           \
			  .purpose = "letters, digits and _-.+$, not one of the last four first; " \
				     "default: the program's"),                                    \
		COMPONENT(request, at, priority, FIELD_NUMBER, .maximum = PRIORITY_MAX,            \
			  .purpose = "lower runs first; default: the object's, else 50"),          \
		COMPONENT(request, at, proceed_on, FIELD_VERDICTS, .type = &verdict_type,          \
			  .purpose = "after these the next one runs; default: the object's, else " \
				     "pass"),                                                      \
		COMPONENT(request, at, allow_verdicts, FIELD_VERDICTS, .type = &verdict_type,      \
			  .purpose = "what it may decide; anything else becomes aborted; "         \
				     "default: all"),                                              \
		COMPONENT(request, at, set, FIELD_NAMES,                                           \
			  .purpose = "global variables, as NAME=VALUE, before it is loaded"),      \
		COMPONENT(request, at, share_maps, FIELD_NAMES,                                    \
			  .purpose = "its maps that are others', as NAME=COMPONENT:MAP or "        \
				     "NAME=pin:/PATH"),                                            \
		COMPONENT(request, at, devbound, FIELD_BOOLEAN,                                    \
			  .purpose = "bind it to the device, so that it may ask that about "       \
				     "packets (RX metadata kfuncs)"),                              \
		COMPONENT(                                                                         \
			request, at, on_failure, FIELD_CHOICE, .type = &on_failure_type,           \
			.purpose =                                                                 \
				"if it cannot be loaded when the machine starts again; default: "  \
				"skip"),                                                           \
		COMPONENT(request, at, map_owner, FIELD_NAME,                                      \
			  .purpose = MAP_OWNER_PURPOSE "root"),                                    \
		COMPONENT(request, at, map_mode, FIELD_NAME, .purpose = MAP_MODE_PURPOSE "600")

static const struct field chain_component_fields[] = {
	IN(chain_component, object, FIELD_NAME, OPTIONAL,
	   .purpose = "in a file the path from there; or sha256:HEX, of what came along or is in "
		      "the store; none: it was adopted without one"),
	IN(chain_component, libraries, FIELD_NAMES, OPTIONAL,
	   .purpose = "objects with functions that it calls, named as it is"),
	COMPONENT_FIELDS(chain_component, component),
	IN(chain_component, slot, FIELD_NAME, OPTIONAL,
	   .purpose = "of the device's policy, to fill; such a component has no place in an order"),
	IN(chain_component, parked, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "it may wait where the rootlet has no place for it; else that is refused"),
	END,
};
static const struct type chain_component_type = { "ChainComponent",
						  .fields = chain_component_fields,
						  .size = sizeof(struct chain_component) };

static const struct field chain_policy_fields[] = {
	IN(chain_component, object, FIELD_NAME, REQUIRED, .purpose = "as that of a component"),
	IN(chain_component, libraries, FIELD_NAMES, OPTIONAL, .purpose = "the same"),
	COMPONENT(chain_component, component, program, FIELD_NAME,
		  .purpose = "if the object has several"),
	END,
};
static const struct type chain_policy_type = { "ChainPolicy", .fields = chain_policy_fields,
					       .size = sizeof(struct chain_component) };

static const struct field chain_device_fields[] = {
	IN(chain_device, name, FIELD_NAME, REQUIRED, .purpose = "as ip-link(8) has it"),
	IN(chain_device, netns, FIELD_NAME, OPTIONAL,
	   .purpose = "a name of /run/netns, or a path; default: the daemon's"),
	IN(chain_device, mode, FIELD_CHOICE, OPTIONAL, .type = &mode_type,
	   .purpose = "default: the device's, else native, else skb"),
	IN(chain_device, match, FIELD_NAME, OPTIONAL,
	   .purpose = "what tells it when it comes again: mac=, permaddr= or altname=; default: "
		      "its name"),
	IN(chain_device, interop, FIELD_CHOICE, OPTIONAL, .type = &interop_type,
	   .purpose = "whose tools are to list the components; default: nobody's"),
	IN(chain_device, policy, FIELD_OBJECT, OPTIONAL, .type = &chain_policy_type,
	   .purpose = "rootlet whose slots the components fill; default: the ordinary one"),
	IN(chain_device, components, FIELD_OBJECTS, REQUIRED, .type = &chain_component_type,
	   .maximum = LIST_LENGTH_MAX,
	   .purpose = "all of them; of those of one priority the first runs first"),
	END,
};
static const struct type chain_device_type = { "ChainDevice", .fields = chain_device_fields,
					       .size = sizeof(struct chain_device) };

#define CHAINS_PURPOSE "all that runs on these devices; others stay as they are"

static const struct field chains_fields[] = {
	IN(chains, devices, FIELD_OBJECTS, REQUIRED, .type = &chain_device_type,
	   .maximum = LIST_LENGTH_MAX, .purpose = CHAINS_PURPOSE),
	END,
};
const struct type chains_type = { "Chains", .fields = chains_fields,
				  .size = sizeof(struct chains) };

static const char *const action_names[] = { "keep", "add", "replace", "set", "remove", NULL };
static const struct type action_type = { "Action", .names = action_names };

static const struct field difference_fields[] = {
	OUT("field", FIELD_STRING, REQUIRED, .purpose = "as in a file"),
	OUT("before", FIELD_STRING, OPTIONAL, .purpose = "none: it is new"),
	OUT("after", FIELD_STRING, OPTIONAL, .purpose = "none: it is no more"),
	END,
};
static const struct type difference_type = { "Difference", .fields = difference_fields };

static const struct field step_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "of the component"),
	OUT("action", FIELD_CHOICE, REQUIRED, .type = &action_type,
	    .purpose = "set: it stays loaded as it is"),
	OUT("differences", FIELD_OBJECTS, REQUIRED, .type = &difference_type),
	OUT("verified", FIELD_NUMBER, OPTIONAL,
	    .purpose = "instructions the verifier followed for what is new; 0: not known"),
	END,
};
static const struct type step_type = { "Step", .fields = step_fields };

static const struct field plan_fields[] = {
	OUT("ifname", FIELD_STRING, REQUIRED),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = "path; none: the daemon's own"),
	OUT("generation", FIELD_NUMBER, REQUIRED, .purpose = "before"),
	OUT("changes", FIELD_BOOLEAN, REQUIRED, .purpose = "is there anything to do?"),
	OUT("differences", FIELD_OBJECTS, REQUIRED, .type = &difference_type,
	    .purpose = "of the device itself"),
	OUT("steps", FIELD_OBJECTS, REQUIRED, .type = &step_type,
	    .purpose = "in the order of the chain, then what is removed"),
	OUT("warnings", FIELD_NAMES, REQUIRED, .purpose = "sentences"),
	END,
};
static const struct type plan_type = { "DevicePlan", .fields = plan_fields };

static const struct field packet_change_fields[] = {
	OUT("offset", FIELD_NUMBER, REQUIRED, .purpose = "in the packet as it came"),
	OUT("before", FIELD_STRING, REQUIRED, .purpose = "hexadecimal; empty: bytes were put in"),
	OUT("after", FIELD_STRING, REQUIRED, .purpose = "the same; empty: they were taken out"),
	END,
};
static const struct type packet_change_type = { "PacketChange", .fields = packet_change_fields };

static const struct field tried_packet_fields[] = {
	OUT("length", FIELD_NUMBER, REQUIRED, .purpose = "bytes"),
	OUT("cut_from", FIELD_NUMBER, OPTIONAL,
	    .purpose = "its length on the wire, if the capture has only the beginning"),
	OUT("failure", FIELD_STRING, OPTIONAL,
	    .purpose = "why it was not run; else there is a verdict"),
	OUT("verdict", FIELD_CHOICE, OPTIONAL, .type = &verdict_type),
	OUT("component", FIELD_STRING, OPTIONAL,
	    .purpose = "who decided; none: all let it go on, or a policy decided"),
	OUT("overruled", FIELD_BOOLEAN, OPTIONAL,
	    .purpose = "it decided what it may not, so that it became aborted"),
	OUT("length_after", FIELD_NUMBER, OPTIONAL, .purpose = "if it is another"),
	OUT("changes", FIELD_OBJECTS, OPTIONAL, .type = &packet_change_type,
	    .purpose = "of its bytes, if there are any"),
	END,
};
static const struct type tried_packet_type = { "TriedPacket", .fields = tried_packet_fields };

static const struct field trial_fields[] = {
	OUT("ifname", FIELD_STRING, REQUIRED),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = "path; none: the daemon's own"),
	OUT("generation", FIELD_NUMBER, REQUIRED, .purpose = "that the device has"),
	OUT("planned", FIELD_BOOLEAN, REQUIRED, .purpose = "else it is the chain that runs"),
	OUT("policy", FIELD_BOOLEAN, REQUIRED,
	    .purpose = "is its rootlet a policy? It does not tell who decided"),
	OUT("packets", FIELD_OBJECTS, REQUIRED, .type = &tried_packet_type,
	    .purpose = "in their order"),
	OUT("notes", FIELD_NAMES, REQUIRED, .purpose = "where the trial differs from the device"),
	END,
};
static const struct type trial_type = { "Trial", .fields = trial_fields };

const struct type *const types[] = {
	&verdict_type,
	&mode_type,
	&join_type,
	&on_failure_type,
	&component_state_type,
	&device_state_type,
	&owner_type,
	&interop_type,
	&map_type,
	&library_type,
	&kfunc_state_type,
	&kfunc_type,
	&terminate_type,
	&counters_type,
	&component_type,
	&rootlet_type,
	&unconfirmed_type,
	&device_type,
	&result_type,
	&feature_type,
	&finding_type,
	&policy_slot_type,
	&policy_type,
	&record_type,
	&node_type,
	&edge_type,
	&chain_component_type,
	&chain_policy_type,
	&chain_device_type,
	&action_type,
	&difference_type,
	&step_type,
	&plan_type,
	&packet_change_type,
	&tried_packet_type,
	&trial_type,
	&map_holder_type,
	&loaded_map_type,
	NULL,
};

/* Of whatever changes chains. */
#define IN_CONFIRM(request)                                                                 \
	IN(request, confirm, FIELD_SECONDS, OPTIONAL, .minimum = 1, .maximum = CONFIRM_MAX, \
	   .purpose = "in which Confirm must come; else all is put back; default: it stays")

#define NETNS_PURPOSE "of the devices: a name of /run/netns, or a path; default: the daemon's"

static const struct field attach_in[] = {
	IN(attach_request, devices, FIELD_NAMES, REQUIRED, .purpose = "names; all or none"),
	IN(attach_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(attach_request, object, FIELD_FD, REQUIRED,
	   .purpose = "the ELF object: place of its file descriptor among those sent along"),
	IN(attach_request, libraries, FIELD_FDS, OPTIONAL,
	   .purpose = "ELF objects to be joined to it, with functions that it calls"),
	COMPONENT_FIELDS(attach_request, component),
	IN(attach_request, pins, FIELD_FDS, OPTIONAL,
	   .purpose = "descriptors of the maps from pins, in the order of share_maps"),
	IN(attach_request, before, FIELD_NAME, OPTIONAL, .purpose = "name of a neighbour"),
	IN(attach_request, after, FIELD_NAME, OPTIONAL, .purpose = "name of a neighbour"),
	IN(attach_request, slot, FIELD_NAME, OPTIONAL,
	   .purpose = "of the device's policy, to fill; such a component has no place in an order"),
	IN(attach_request, mode, FIELD_CHOICE, OPTIONAL, .type = &mode_type,
	   .purpose = "default: the device's, else native, else skb"),
	IN(attach_request, match, FIELD_NAME, OPTIONAL,
	   .purpose = "what tells the device when it comes again: mac=, permaddr= or altname=; "
		      "default: its name"),
	IN(attach_request, interop, FIELD_CHOICE, OPTIONAL, .type = &interop_type,
	   .purpose = "whose tools are to list the components of the devices from now on; default: "
		      "as it was, at first none"),
	IN(attach_request, expect_generation, FIELD_NUMBER, OPTIONAL,
	   .purpose = "refuse if a device has another"),
	IN_CONFIRM(attach_request),
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
	IN_CONFIRM(detach_request),
	END,
};

static const struct field replace_in[] = {
	IN(replace_request, devices, FIELD_NAMES, REQUIRED, .purpose = "names; all or none"),
	IN(replace_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(replace_request, name, FIELD_NAME, REQUIRED, .purpose = "of the component"),
	IN(replace_request, object, FIELD_FD, REQUIRED,
	   .purpose = "the ELF object: place of its file descriptor among those sent along"),
	IN(replace_request, libraries, FIELD_FDS, OPTIONAL,
	   .purpose = "ELF objects to be joined to it, with functions that it calls"),
	IN(replace_request, program, FIELD_NAME, OPTIONAL, .purpose = "if the object has several"),
	IN(replace_request, set, FIELD_NAMES, OPTIONAL,
	   .purpose = "global variables, as NAME=VALUE; NAME alone forgets one; others stay set"),
	IN(replace_request, share_maps, FIELD_NAMES, OPTIONAL,
	   .purpose = "as for Attach; NAME alone forgets one; others stay shared"),
	IN(replace_request, devbound, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "as for Attach; who is bound stays so"),
	IN(replace_request, pins, FIELD_FDS, OPTIONAL,
	   .purpose = "descriptors of the maps from pins, in the order of share_maps"),
	IN(replace_request, fresh_maps, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "carry no map over; default: those of the same name and definition"),
	IN(replace_request, allow_map_change, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "a map of another definition is new; default: refuse"),
	IN(replace_request, expect_generation, FIELD_NUMBER, OPTIONAL,
	   .purpose = "refuse if a device has another"),
	IN_CONFIRM(replace_request),
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
	IN(move_request, allow_verdicts, FIELD_VERDICTS, OPTIONAL, .type = &verdict_type,
	   .purpose = "what it may decide; default: as it is"),
	IN(move_request, map_owner, FIELD_NAME, OPTIONAL, .purpose = MAP_OWNER_PURPOSE "as it is"),
	IN(move_request, map_mode, FIELD_NAME, OPTIONAL, .purpose = MAP_MODE_PURPOSE "as it is"),
	IN(move_request, before, FIELD_NAME, OPTIONAL, .purpose = "name of a neighbour"),
	IN(move_request, after, FIELD_NAME, OPTIONAL, .purpose = "name of a neighbour"),
	IN(move_request, expect_generation, FIELD_NUMBER, OPTIONAL,
	   .purpose = "refuse if a device has another"),
	IN_CONFIRM(move_request),
	END,
};

static const struct field relink_in[] = {
	IN(relink_request, library, FIELD_NAME, REQUIRED,
	   .purpose = "that is to be changed: name of its file, or sha256:HEX"),
	IN(relink_request, object, FIELD_FD, REQUIRED,
	   .purpose = "the new one: place of its file descriptor among those sent along"),
	IN_CONFIRM(relink_request),
	END,
};

static const struct field interop_in[] = {
	IN(interop_request, devices, FIELD_NAMES, REQUIRED, .purpose = "names; all or none"),
	IN(interop_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(interop_request, interop, FIELD_CHOICE, REQUIRED, .type = &interop_type,
	   .purpose = "whose tools are to list their components from now on"),
	IN(interop_request, expect_generation, FIELD_NUMBER, OPTIONAL,
	   .purpose = "refuse if a device has another"),
	IN_CONFIRM(interop_request),
	END,
};

#define PARK_PURPOSE "components without a place wait for one; default: refuse"

static const struct field set_policy_in[] = {
	IN(set_policy_request, devices, FIELD_NAMES, REQUIRED, .purpose = "names; all or none"),
	IN(set_policy_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(set_policy_request, object, FIELD_FD, REQUIRED,
	   .purpose = "the ELF object: place of its file descriptor among those sent along"),
	IN(set_policy_request, libraries, FIELD_FDS, OPTIONAL,
	   .purpose = "ELF objects to be joined to it, with functions that it calls"),
	IN(set_policy_request, program, FIELD_NAME, OPTIONAL,
	   .purpose = "if the object has several"),
	IN(set_policy_request, park, FIELD_BOOLEAN, OPTIONAL, .purpose = PARK_PURPOSE),
	IN(set_policy_request, expect_generation, FIELD_NUMBER, OPTIONAL,
	   .purpose = "refuse if a device has another"),
	IN_CONFIRM(set_policy_request),
	END,
};

static const struct field clear_policy_in[] = {
	IN(clear_policy_request, devices, FIELD_NAMES, REQUIRED, .purpose = "names; all or none"),
	IN(clear_policy_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(clear_policy_request, park, FIELD_BOOLEAN, OPTIONAL, .purpose = PARK_PURPOSE),
	IN(clear_policy_request, expect_generation, FIELD_NUMBER, OPTIONAL,
	   .purpose = "refuse if a device has another"),
	IN_CONFIRM(clear_policy_request),
	END,
};

static const struct field policy_in[] = {
	IN(policy_request, devices, FIELD_NAMES, OPTIONAL,
	   .purpose = "names; default: all that have one, in all namespaces"),
	IN(policy_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	END,
};

static const struct field policy_out[] = {
	OUT("policies", FIELD_OBJECTS, REQUIRED, .type = &policy_type),
	END,
};

static const struct field adopt_in[] = {
	IN(adopt_request, devices, FIELD_NAMES, REQUIRED, .purpose = "names; all or none"),
	IN(adopt_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(adopt_request, expect_generation, FIELD_NUMBER, OPTIONAL,
	   .purpose = "refuse if a device has another"),
	IN_CONFIRM(adopt_request),
	END,
};

static const struct field decide_in[] = {
	IN(decide_request, devices, FIELD_NAMES, OPTIONAL,
	   .purpose = "names, which stand for all devices of the change; default: all changes"),
	IN(decide_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	END,
};

static const struct field apply_in[] = {
	IN(apply_request, devices, FIELD_OBJECTS, REQUIRED, .type = &chain_device_type,
	   .maximum = LIST_LENGTH_MAX, .purpose = CHAINS_PURPOSE),
	IN(apply_request, objects, FIELD_FDS, OPTIONAL,
	   .purpose = "ELF objects of the components: places of their file descriptors among those "
		      "sent along"),
	IN(apply_request, pins, FIELD_FDS, OPTIONAL,
	   .purpose = "maps that components share from pins, in the order of these: places of "
		      "their file descriptors among those sent along"),
	IN(apply_request, allow_map_change, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "a map of another definition is new; default: refuse"),
	IN(apply_request, dry_run, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "load and build what is new, say what would be done, and undo it"),
	IN(apply_request, expect_generation, FIELD_NUMBER, OPTIONAL,
	   .purpose = "refuse if a device has another"),
	IN_CONFIRM(apply_request),
	END,
};

static const struct field apply_out[] = {
	OUT("results", FIELD_OBJECTS, REQUIRED, .type = &result_type,
	    .purpose = "none of a dry run"),
	OUT("plan", FIELD_OBJECTS, REQUIRED, .type = &plan_type,
	    .purpose = "what was done, or would be, one a device"),
	END,
};

/* A member of the apply_request that is a part of the request. */
#define PLANNED(field_name, member, field_kind, ...)                      \
	{                                                                 \
		.name = field_name, .kind = field_kind, .optional = true, \
		.offset = offsetof(struct test_request, planned) +        \
			  offsetof(struct apply_request, member),         \
		__VA_ARGS__                                               \
	}

static const struct field test_in[] = {
	IN(test_request, devices, FIELD_NAMES, OPTIONAL,
	   .purpose = "names, to try the chains that run on them; or chains"),
	IN(test_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	PLANNED("chains", devices, FIELD_OBJECTS, .type = &chain_device_type,
		.maximum = LIST_LENGTH_MAX, .purpose = "to try instead, as Apply takes them"),
	PLANNED("objects", objects, FIELD_FDS, .purpose = "of these, as for Apply"),
	PLANNED("pins", pins, FIELD_FDS, .purpose = "the same"),
	PLANNED("allow_map_change", allow_map_change, FIELD_BOOLEAN, .purpose = "the same"),
	IN(test_request, packets, FIELD_FD, REQUIRED,
	   .purpose = "a file of packets: place of its descriptor among those sent along. Each is "
		      "two 32-bit numbers, little-endian, its bytes here and those it had on the "
		      "wire, then an Ethernet frame"),
	IN(test_request, diff, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "try the chains that run on the devices of these chains, too"),
	END,
};

static const struct field test_out[] = {
	OUT("trials", FIELD_OBJECTS, REQUIRED, .type = &trial_type,
	    .purpose = "one a device; to compare, the one that runs, then the one that is planned"),
	END,
};

static const struct field export_in[] = {
	IN(export_request, devices, FIELD_NAMES, OPTIONAL,
	   .purpose = "names; default: all, in all namespaces"),
	IN(export_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	END,
};

static const struct field export_out[] = {
	OUT("devices", FIELD_OBJECTS, REQUIRED, .type = &chain_device_type,
	    .purpose = "as Apply takes them"),
	END,
};

static const struct field object_in[] = {
	IN(object_request, object, FIELD_NAME, REQUIRED, .purpose = "sha256:HEX"),
	END,
};

static const struct field object_out[] = {
	OUT("object", FIELD_FD, REQUIRED,
	    .purpose = "place of its file descriptor among those sent along, to be read from"),
	OUT("label", FIELD_STRING, REQUIRED, .purpose = "the name of the file that it came in"),
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

static const struct field graph_in[] = {
	IN(graph_request, devices, FIELD_NAMES, OPTIONAL,
	   .purpose = "names; default: all, in all namespaces"),
	IN(graph_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(graph_request, others, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "look for pins, processes, programs and links of others that hold any of it"),
	END,
};

static const struct field graph_out[] = {
	OUT("nodes", FIELD_OBJECTS, REQUIRED, .type = &node_type),
	OUT("edges", FIELD_OBJECTS, REQUIRED, .type = &edge_type),
	END,
};

static const struct field maps_in[] = {
	IN(maps_request, devices, FIELD_NAMES, OPTIONAL, .purpose = "names; default: all"),
	IN(maps_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(maps_request, name, FIELD_NAME, OPTIONAL, .purpose = "of the component; default: all"),
	END,
};

static const struct field maps_out[] = {
	OUT("maps", FIELD_OBJECTS, REQUIRED, .type = &loaded_map_type,
	    .purpose = "each once, however many components share it"),
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
			  "Gives a component another place or proceed set, or its maps other "
			  "owners." },
	[METHOD_RELINK] = { "Relink", RIGHT_CHANGE, relink_in, sizeof(struct relink_request),
			    results_out, "Changes a library, and all components that use it." },
	[METHOD_INTEROP] = { "Interop", RIGHT_CHANGE, interop_in, sizeof(struct interop_request),
			     results_out, "Says whose tools are to list what devices run." },
	[METHOD_SET_POLICY] = { "SetPolicy", RIGHT_CHANGE, set_policy_in,
				sizeof(struct set_policy_request), results_out,
				"Gives devices a rootlet of the user's own, with slots to fill." },
	[METHOD_CLEAR_POLICY] = { "ClearPolicy", RIGHT_CHANGE, clear_policy_in,
				  sizeof(struct clear_policy_request), results_out,
				  "Gives devices the ordinary rootlet again." },
	[METHOD_POLICY] = { "Policy", RIGHT_READ, policy_in, sizeof(struct policy_request),
			    policy_out, "Which slots policies have, and who fills them." },
	[METHOD_ADOPT] = { "Adopt", RIGHT_CHANGE, adopt_in, sizeof(struct adopt_request),
			   results_out,
			   "Takes over the XDP programs that somebody else runs on devices." },
	[METHOD_CONFIRM] = { "Confirm", RIGHT_CHANGE, decide_in, sizeof(struct decide_request),
			     results_out, "Keeps changes that would be put back." },
	[METHOD_REVERT] = { "Revert", RIGHT_CHANGE, decide_in, sizeof(struct decide_request),
			    results_out, "Puts changes that are not confirmed back at once." },
	[METHOD_APPLY] = { "Apply", RIGHT_CHANGE, apply_in, sizeof(struct apply_request), apply_out,
			   "Makes the chains of devices what they are to be; all devices or "
			   "none." },
	[METHOD_TEST] = { "Test", RIGHT_CHANGE, test_in, sizeof(struct test_request), test_out,
			  "Runs packets through copies of chains; no device sees them." },
	[METHOD_EXPORT] = { "Export", RIGHT_READ, export_in, sizeof(struct export_request),
			    export_out, "The chains there are, as Apply takes them." },
	[METHOD_OBJECT] = { "Object", RIGHT_CHANGE, object_in, sizeof(struct object_request),
			    object_out, "An object that components are made of, from the store." },
	[METHOD_STATUS] = { "Status", RIGHT_READ, status_in, sizeof(struct status_request),
			    status_out, "What runs where, in order." },
	[METHOD_GRAPH] = { "Graph", RIGHT_READ, graph_in, sizeof(struct graph_request), graph_out,
			   "Who keeps whom alive: an edge goes from the holder to what it keeps." },
	[METHOD_MAPS] = { "Maps", RIGHT_READ, maps_in, sizeof(struct maps_request), maps_out,
			  "The maps of components, and who shares them." },
	[METHOD_VERIFY] = { "Verify", RIGHT_READ, verify_in, sizeof(struct verify_request),
			    verify_out, "Compares what it believes with the kernel and the disk." },
	[METHOD_FEATURES] = { "Features", RIGHT_READ, features_in, sizeof(struct features_request),
			      features_out, "What this kernel can do, and what is made of it." },
};
