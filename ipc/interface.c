// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * All tables of the interface are in one file, because each uses the tables before it. A row here is
 * everything that is declared about a field.
 */
#include "ipc/interface.h"

#include "base/cleanup.h"
#include "ipc/trace-record.h"

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
/* A member of the struct component_request that the request has at `at`. */
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

/* Which tools list what a device runs. */
static const char *const interop_names[] = { "none", "libxdp", NULL };
static const struct type interop_type = { "InteropTools", .names = interop_names };

static const char *const component_state_names[] = { "running", "waiting", "failed", "parked",
						     NULL };
static const struct type component_state_type = { "ComponentState",
						  .names = component_state_names };

static const char *const device_state_names[] = { "attached", "absent",	 "failed",
						  "released", "unknown", NULL };
static const struct type device_state_type = { "DeviceState", .names = device_state_names };

static const char *const owner_names[] = { "link", "netlink", NULL };
static const struct type owner_type = { "Owner", .names = owner_names };

/* Descriptions that several fields share. */
#define NETNS_PATH_PURPOSE "path of the network namespace; omitted for the daemon's own"
#define PROGRAM_PURPOSE	   "program to use, if the object has several"
#define SLOT_PURPOSE	   "policy slot to attach into; such a component has no place in the order"
#define MODE_PURPOSE \
	"default: unchanged; for a new device native, or skb if the driver has no native XDP"
#define MATCH_PURPOSE                                                                             \
	"how to identify the device when it reappears: mac=, permaddr= or altname=; default: by " \
	"its name"

static const struct field map_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "name in the object"),
	OUT("id", FIELD_NUMBER, REQUIRED, .purpose = "kernel id"),
	END,
};
static const struct type map_type = { "Map", .fields = map_fields };

static const struct field library_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "name of its file"),
	OUT("object", FIELD_STRING, REQUIRED, .purpose = "sha256:HEX of the object file"),
	END,
};
static const struct type library_type = { "Library", .fields = library_fields };

static const struct field map_holder_fields[] = {
	OUT("ifname", FIELD_STRING, REQUIRED),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = NETNS_PATH_PURPOSE),
	OUT("component", FIELD_STRING, REQUIRED),
	OUT("policy", FIELD_BOOLEAN, OPTIONAL,
	    .purpose = "true if the holder is the device's policy"),
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "name of the map in the object"),
	OUT("pin", FIELD_STRING, OPTIONAL, .purpose = "path of the pin that other tools use"),
	OUT("uid", FIELD_NUMBER, OPTIONAL, .purpose = "owner of the pin"),
	OUT("gid", FIELD_NUMBER, OPTIONAL, .purpose = "group of the pin"),
	OUT("mode", FIELD_STRING, OPTIONAL, .purpose = "mode of the pin, in octal"),
	END,
};
static const struct type map_holder_type = { "MapHolder", .fields = map_holder_fields };

static const struct field loaded_map_fields[] = {
	OUT("id", FIELD_NUMBER, REQUIRED, .purpose = "kernel id"),
	OUT("type", FIELD_STRING, REQUIRED, .purpose = "as in bpftool-map(8)"),
	OUT("key_size", FIELD_NUMBER, REQUIRED, .purpose = "bytes"),
	OUT("value_size", FIELD_NUMBER, REQUIRED, .purpose = "bytes"),
	OUT("max_entries", FIELD_NUMBER, REQUIRED),
	OUT("memory", FIELD_NUMBER, REQUIRED, .purpose = "bytes of kernel memory"),
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
	OUT("run", FIELD_NUMBER, REQUIRED, .purpose = "packets that reached the component"),
	OUT("proceed", FIELD_NUMBER, REQUIRED,
	    .purpose = "packets that went on to the next component"),
	OUT("overruled", FIELD_NUMBER, REQUIRED,
	    .purpose = "packets for which it returned a verdict that it may not return; they "
		       "became aborted"),
	OUT("terminate", FIELD_OBJECT, REQUIRED, .type = &terminate_type,
	    .purpose = "packets that left the chain here, by verdict"),
	END,
};
static const struct type counters_type = { "Counters", .fields = counters_fields };

/* Fields of a component and of a policy. */
#define SIGNED_BY                                                                              \
	OUT("signed_by", FIELD_STRING, OPTIONAL,                                               \
	    .purpose = "principals of the trusted keys that signed its object and libraries"), \
		OUT("untrusted", FIELD_STRING, OPTIONAL,                                       \
		    .purpose = "why it is not trusted, if require-signature is warn or yes")

static const char *const kfunc_state_names[] = { "resolved", "absent", "different", NULL };
static const struct type kfunc_state_type = { "KfuncState", .names = kfunc_state_names };

static const struct field kfunc_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "name in the object, including its flavour"),
	OUT("group", FIELD_STRING, OPTIONAL,
	    .purpose = "group of which at least one function must exist"),
	OUT("state", FIELD_CHOICE, REQUIRED, .type = &kfunc_state_type,
	    .purpose = "different: the kernel has it with a different prototype"),
	END,
};
static const struct type kfunc_type = { "Kfunc", .fields = kfunc_fields };

static const struct field component_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "unique on the device"),
	OUT("priority", FIELD_NUMBER, REQUIRED, .purpose = "lower runs first"),
	OUT("proceed_on", FIELD_VERDICTS, REQUIRED, .type = &verdict_type,
	    .purpose = "verdicts after which the next component runs"),
	OUT("allow_verdicts", FIELD_VERDICTS, OPTIONAL, .type = &verdict_type,
	    .purpose = "verdicts it may return; omitted: all"),
	OUT("state", FIELD_CHOICE, REQUIRED, .type = &component_state_type,
	    .purpose = "waiting: for its device, or for Resume; failed: it cannot be loaded; "
		       "parked: the current "
		       "rootlet has no place for it, and it is kept until one has"),
	OUT("failure", FIELD_STRING, OPTIONAL, .purpose = "why it cannot be loaded"),
	OUT("on_failure", FIELD_CHOICE, REQUIRED, .type = &on_failure_type,
	    .purpose = "what happens to packets in that case"),
	OUT("prog_id", FIELD_NUMBER, OPTIONAL, .purpose = "kernel id of the loaded program"),
	OUT("prog_name", FIELD_STRING, REQUIRED, .purpose = "name of its function"),
	OUT("slot", FIELD_NUMBER, OPTIONAL, .purpose = "position in the chain, from 0"),
	OUT("fills", FIELD_STRING, OPTIONAL, .purpose = "policy slot that the component is for"),
	OUT("join", FIELD_CHOICE, OPTIONAL, .type = &join_type,
	    .purpose = "how the component was joined to what the device runs"),
	OUT("why", FIELD_STRING, OPTIONAL, .purpose = "why it is not inlined"),
	OUT("no_extension", FIELD_STRING, OPTIONAL,
	    .purpose =
		    "why it cannot be an extension of the rootlet, so its chain is fused at once"),
	OUT("map_limit", FIELD_STRING, OPTIONAL,
	    .purpose = "how the use of its maps is limited, because it is an extension"),
	OUT("verified", FIELD_NUMBER, OPTIONAL,
	    .purpose = "instructions the verifier processed for this component alone; 0: unknown"),
	OUT("object", FIELD_STRING, OPTIONAL,
	    .purpose =
		    "sha256:HEX of the object file; omitted for a component adopted without one"),
	SIGNED_BY,
	OUT("owner", FIELD_STRING, OPTIONAL, .purpose = "owner that manages it; omitted: none"),
	OUT("set", FIELD_NAMES, OPTIONAL,
	    .purpose = "global variables that were set, as NAME=VALUE"),
	OUT("libraries", FIELD_OBJECTS, OPTIONAL, .type = &library_type,
	    .purpose = "libraries joined to the object"),
	OUT("share_maps", FIELD_NAMES, OPTIONAL,
	    .purpose = "maps it shares, as NAME=COMPONENT:MAP or NAME=pin:/PATH"),
	OUT("devbound", FIELD_BOOLEAN, OPTIONAL,
	    .purpose = "true: it is bound to the device, so the whole chain is one program"),
	OUT("while_connected", FIELD_BOOLEAN, OPTIONAL,
	    .purpose = "true: it is detached when its client disconnects"),
	OUT("awaits_client", FIELD_BOOLEAN, OPTIONAL,
	    .purpose = "true: it is detached soon unless its client reconnects"),
	OUT("map_owner", FIELD_STRING, OPTIONAL,
	    .purpose = "owner of the pins of its maps; omitted: root"),
	OUT("map_mode", FIELD_STRING, OPTIONAL,
	    .purpose = "mode of these pins, in octal; omitted: 600, or as set with chmod"),
	OUT("maps", FIELD_OBJECTS, OPTIONAL, .type = &map_type),
	OUT("kfuncs", FIELD_OBJECTS, OPTIONAL, .type = &kfunc_type,
	    .purpose = "kernel functions (kfuncs) that the object calls by name"),
	OUT("needs", FIELD_NAMES, OPTIONAL, .purpose = "functions that its policy must offer"),
	OUT("counters", FIELD_OBJECT, OPTIONAL, .type = &counters_type,
	    .purpose = "omitted for a component in a policy slot, which is not counted"),
	END,
};
static const struct type component_type = { "Component", .fields = component_fields };

static const struct field rootlet_fields[] = {
	OUT("prog_id", FIELD_NUMBER, REQUIRED,
	    .purpose = "kernel id of the program that the device runs"),
	OUT("link_id", FIELD_NUMBER, OPTIONAL,
	    .purpose = "kernel id of the device's XDP link, if it has one"),
	OUT("verified", FIELD_NUMBER, REQUIRED,
	    .purpose = "instructions the verifier processed for it; 0: unknown"),
	END,
};
static const struct type rootlet_type = { "Rootlet", .fields = rootlet_fields };

static const struct field unconfirmed_fields[] = {
	OUT("seconds", FIELD_NUMBER, REQUIRED,
	    .purpose = "seconds until it is rolled back; 0: as soon as possible"),
	OUT("change", FIELD_NUMBER, REQUIRED,
	    .purpose =
		    "number of the change, the same on all devices that are rolled back together"),
	OUT("before", FIELD_NAMES, OPTIONAL,
	    .purpose = "components that ran before, in order; omitted if xdpd did not manage the "
		       "device"),
	OUT("failure", FIELD_STRING, OPTIONAL, .purpose = "why it could not be rolled back so far"),
	END,
};
static const struct type unconfirmed_type = { "UnconfirmedChange", .fields = unconfirmed_fields };

static const struct field device_fields[] = {
	OUT("ifname", FIELD_STRING, REQUIRED),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = NETNS_PATH_PURPOSE),
	OUT("ifindex", FIELD_NUMBER, REQUIRED,
	    .purpose = "0: the device does not exist at present"),
	OUT("state", FIELD_CHOICE, REQUIRED, .type = &device_state_type,
	    .purpose =
		    "absent: the device does not exist, and its chain waits for it; failed: see "
		    "note; released: released by a change that is not confirmed yet; unknown: it "
		    "runs a chain of an earlier xdpd whose record is lost"),
	OUT("mode", FIELD_CHOICE, OPTIONAL, .type = &mode_type,
	    .purpose = "omitted if nothing is attached"),
	OUT("wanted_mode", FIELD_CHOICE, OPTIONAL, .type = &mode_type,
	    .purpose = "mode that was asked for; omitted: native, or skb if the driver has no "
		       "native XDP"),
	OUT("owned", FIELD_CHOICE, OPTIONAL, .type = &owner_type,
	    .purpose = "how the program is attached; netlink: the device was adopted, and root can "
		       "replace the program"),
	OUT("linker", FIELD_STRING, OPTIONAL, .purpose = "freplace or fused"),
	OUT("generation", FIELD_NUMBER, REQUIRED, .purpose = "increases with every change"),
	OUT("match", FIELD_STRING, OPTIONAL,
	    .purpose = "how the device is identified, if not by its name"),
	OUT("interop", FIELD_CHOICE, OPTIONAL, .type = &interop_type,
	    .purpose = "whose tools should list the components, if any"),
	OUT("setting_owners", FIELD_NAMES, OPTIONAL,
	    .purpose = "owners of settings, as SETTING=OWNER with mode, match, interop or policy"),
	OUT("note", FIELD_STRING, OPTIONAL, .purpose = "what else the user should know"),
	OUT("unconfirmed", FIELD_OBJECT, OPTIONAL, .type = &unconfirmed_type,
	    .purpose = "set while the current chain is to be rolled back unless it is confirmed"),
	OUT("rootlet", FIELD_OBJECT, OPTIONAL, .type = &rootlet_type),
	OUT("policy", FIELD_STRING, OPTIONAL,
	    .purpose = "name of the policy program; omitted for xdpd's own rootlet"),
	OUT("policy_untrusted", FIELD_STRING, OPTIONAL,
	    .purpose = "why the policy is not trusted, if require-signature is warn or yes"),
	OUT("suspended", FIELD_BOOLEAN, OPTIONAL,
	    .purpose = "true: packets bypass the chain, which stays loaded, until Resume"),
	OUT("components", FIELD_OBJECTS, REQUIRED, .type = &component_type,
	    .purpose = "in the order they run"),
	END,
};
static const struct type device_type = { "Device", .fields = device_fields };

static const struct field result_fields[] = {
	OUT("ifname", FIELD_STRING, REQUIRED),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = NETNS_PATH_PURPOSE),
	OUT("ifindex", FIELD_NUMBER, REQUIRED),
	OUT("name", FIELD_STRING, OPTIONAL,
	    .purpose = "component; omitted if the change concerns all"),
	OUT("generation", FIELD_NUMBER, REQUIRED,
	    .purpose = "generation of the device after the change"),
	OUT("mode", FIELD_CHOICE, OPTIONAL, .type = &mode_type,
	    .purpose = "omitted after a release"),
	OUT("note", FIELD_STRING, OPTIONAL, .purpose = "what else the user should know"),
	OUT("confirm_within", FIELD_NUMBER, OPTIONAL,
	    .purpose = "seconds within which Confirm must be called; otherwise the change is "
		       "rolled back"),
	END,
};
static const struct type result_type = { "Result", .fields = result_fields };

static const struct field policy_slot_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "name of the function"),
	OUT("signature", FIELD_STRING, REQUIRED, .purpose = "in C"),
	OUT("component", FIELD_STRING, OPTIONAL,
	    .purpose = "component in the slot; omitted if it is empty"),
	END,
};
static const struct type policy_slot_type = { "PolicySlot", .fields = policy_slot_fields };

static const struct field policy_offer_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "name of the function"),
	OUT("signature", FIELD_STRING, REQUIRED, .purpose = "in C"),
	OUT("components", FIELD_NAMES, REQUIRED, .purpose = "components that need it"),
	END,
};
static const struct type policy_offer_type = { "PolicyOffer", .fields = policy_offer_fields };

static const struct field policy_fields[] = {
	OUT("ifname", FIELD_STRING, REQUIRED),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = NETNS_PATH_PURPOSE),
	OUT("prog_name", FIELD_STRING, REQUIRED, .purpose = "name of its function"),
	OUT("prog_id", FIELD_NUMBER, OPTIONAL,
	    .purpose = "kernel id of the policy program as loaded, with empty slots"),
	OUT("object", FIELD_STRING, REQUIRED, .purpose = "sha256:HEX of the object file"),
	SIGNED_BY,
	OUT("failure", FIELD_STRING, OPTIONAL, .purpose = "why it cannot be loaded"),
	OUT("slots", FIELD_OBJECTS, REQUIRED, .type = &policy_slot_type,
	    .purpose = "empty while the policy is not loaded"),
	OUT("offers", FIELD_OBJECTS, OPTIONAL, .type = &policy_offer_type,
	    .purpose = "functions that it offers to components; omitted if there are none"),
	END,
};
static const struct type policy_type = { "DevicePolicy", .fields = policy_fields };

static const struct field finding_fields[] = {
	OUT("ifname", FIELD_STRING, OPTIONAL,
	    .purpose = "omitted if the finding concerns no device"),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = NETNS_PATH_PURPOSE),
	OUT("difference", FIELD_STRING, REQUIRED, .purpose = "one sentence"),
	OUT("mended", FIELD_BOOLEAN, REQUIRED),
	END,
};
static const struct type finding_type = { "Finding", .fields = finding_fields };

static const struct field feature_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED),
	OUT("purpose", FIELD_STRING, REQUIRED),
	OUT("available", FIELD_BOOLEAN, REQUIRED),
	OUT("why", FIELD_STRING, REQUIRED,
	    .purpose = "what was tried, and how the kernel answered"),
	END,
};
static const struct type feature_type = { "Feature", .fields = feature_fields };

static const char *const record_names[] = { "xdpd", "kernel", "both", NULL };
static const struct type record_type = { "Record", .names = record_names };

static const struct field node_fields[] = {
	OUT("id", FIELD_STRING, REQUIRED, .purpose = "id of the node, the same in every graph"),
	OUT("kind", FIELD_STRING, REQUIRED,
	    .purpose = "device, chain, unconfirmed change, attachment, generation, rootlet, slot, "
		       "extension, component, function (of a policy), map, object, library, types; "
		       "outside xdpd: pin, process, program, link; more kinds may be added"),
	OUT("name", FIELD_STRING, REQUIRED),
	OUT("kernel_id", FIELD_NUMBER, OPTIONAL,
	    .purpose = "kernel id of its program, link, map, types or device"),
	OUT("device", FIELD_STRING, OPTIONAL,
	    .purpose = "name of the device, for a device and its chain"),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = NETNS_PATH_PURPOSE),
	OUT("about", FIELD_STRING, OPTIONAL, .purpose = "one more detail"),
	OUT("pins", FIELD_STRING, OPTIONAL,
	    .purpose = "directory of its pins, which are removed with it"),
	END,
};
static const struct type node_type = { "Node", .fields = node_fields };

static const struct field edge_fields[] = {
	OUT("from", FIELD_STRING, REQUIRED,
	    .purpose = "id of the node that keeps the other in memory"),
	OUT("to", FIELD_STRING, REQUIRED, .purpose = "id of the node that is kept"),
	OUT("relation", FIELD_STRING, REQUIRED, .purpose = "kind of relation, in a word or two"),
	OUT("name", FIELD_STRING, OPTIONAL,
	    .purpose = "name that the holder uses for the other node"),
	OUT("record", FIELD_CHOICE, REQUIRED, .type = &record_type,
	    .purpose = "who records the relation; xdpd: the kernel does not report it"),
	OUT("difference", FIELD_STRING, OPTIONAL,
	    .purpose = "what the kernel reports instead, one sentence"),
	END,
};
static const struct type edge_type = { "Edge", .fields = edge_fields };

#define MAP_OWNER_PURPOSE \
	"owner of the pins of its maps: USER, USER:GROUP or :GROUP, by name or number; default: "
#define MAP_MODE_PURPOSE                                                                       \
	"mode of these pins, in octal: 4 to read and 2 to write, for user, group and others; " \
	"default: "

/* All fields of a component that both Attach and chain files have. */
#define COMPONENT_FIELDS(request, at)                                                              \
	COMPONENT(request, at, program, FIELD_NAME, .purpose = PROGRAM_PURPOSE),                   \
		COMPONENT(request, at, name, FIELD_NAME,                                           \
			  .purpose = "letters, digits and _-.+$, not one of the last four first; " \
				     "default: the program's"),                                    \
		COMPONENT(request, at, owner, FIELD_NAME,                                          \
			  .purpose = "owner that manages it, see Apply; default: none"),           \
		COMPONENT(request, at, priority, FIELD_NUMBER, .maximum = PRIORITY_MAX,            \
			  .purpose = "lower runs first; default: the object's, else 50"),          \
		COMPONENT(request, at, proceed_on, FIELD_VERDICTS, .type = &verdict_type,          \
			  .purpose = "verdicts after which the next component runs; default: the " \
				     "object's, else pass"),                                       \
		COMPONENT(                                                                         \
			request, at, allow_verdicts, FIELD_VERDICTS, .type = &verdict_type,        \
			.purpose = "verdicts it may return; others become aborted; default: all"), \
		COMPONENT(request, at, set, FIELD_NAMES,                                           \
			  .purpose = "global variables to set before loading, as NAME=VALUE"),     \
		COMPONENT(request, at, share_maps, FIELD_NAMES,                                    \
			  .purpose = "maps it shares, as NAME=COMPONENT:MAP or NAME=pin:/PATH"),   \
		COMPONENT(request, at, devbound, FIELD_BOOLEAN,                                    \
			  .purpose = "bind it to the device, so that it can read RX metadata"),    \
		COMPONENT(request, at, on_failure, FIELD_CHOICE, .type = &on_failure_type,         \
			  .purpose = "what to do if it cannot be loaded after a reboot; default: " \
				     "skip"),                                                      \
		COMPONENT(request, at, map_owner, FIELD_NAME,                                      \
			  .purpose = MAP_OWNER_PURPOSE "root"),                                    \
		COMPONENT(request, at, map_mode, FIELD_NAME, .purpose = MAP_MODE_PURPOSE "600")

static const struct field chain_component_fields[] = {
	IN(chain_component, object, FIELD_NAME, OPTIONAL,
	   .purpose = "in a file: path, relative to the file; or sha256:HEX of an object that is "
		      "sent along or in the store; omitted for a component adopted without one"),
	IN(chain_component, signature, FIELD_NAME, OPTIONAL,
	   .purpose = "in a file: path of the object's detached signature, relative to the file; "
		      "default: the object's path with .sig, if it exists"),
	IN(chain_component, libraries, FIELD_NAMES, OPTIONAL,
	   .purpose = "objects with functions that the program calls, named in the same way"),
	COMPONENT_FIELDS(chain_component, component),
	IN(chain_component, slot, FIELD_NAME, OPTIONAL, .purpose = SLOT_PURPOSE),
	IN(chain_component, parked, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "true: park it while the rootlet has no place for it; default: refuse"),
	END,
};
static const struct type chain_component_type = { "ChainComponent",
						  .fields = chain_component_fields,
						  .size = sizeof(struct chain_component) };

static const struct field chain_policy_fields[] = {
	IN(chain_component, object, FIELD_NAME, REQUIRED, .purpose = "as for a component"),
	IN(chain_component, signature, FIELD_NAME, OPTIONAL, .purpose = "as for a component"),
	IN(chain_component, libraries, FIELD_NAMES, OPTIONAL, .purpose = "as for a component"),
	COMPONENT(chain_component, component, program, FIELD_NAME, .purpose = PROGRAM_PURPOSE),
	END,
};
static const struct type chain_policy_type = { "ChainPolicy", .fields = chain_policy_fields,
					       .size = sizeof(struct chain_component) };

static const struct field chain_device_fields[] = {
	IN(chain_device, name, FIELD_NAME, REQUIRED, .purpose = "as in ip-link(8)"),
	IN(chain_device, netns, FIELD_NAME, OPTIONAL,
	   .purpose = "name in /run/netns, path, or 'default' for the daemon's own; default: the "
		      "client's"),
	IN(chain_device, mode, FIELD_CHOICE, OPTIONAL, .type = &mode_type, .purpose = MODE_PURPOSE),
	IN(chain_device, match, FIELD_NAME, OPTIONAL, .purpose = MATCH_PURPOSE),
	IN(chain_device, interop, FIELD_CHOICE, OPTIONAL, .type = &interop_type,
	   .purpose = "whose tools should list the components; default: none"),
	IN(chain_device, setting_owners, FIELD_NAMES, OPTIONAL,
	   .purpose = "owners of settings, as SETTING=OWNER with mode, match, interop or policy"),
	IN(chain_device, policy, FIELD_OBJECT, OPTIONAL, .type = &chain_policy_type,
	   .purpose = "rootlet with slots for the components; default: xdpd's own"),
	IN(chain_device, components, FIELD_OBJECTS, REQUIRED, .type = &chain_component_type,
	   .maximum = LIST_LENGTH_MAX,
	   .purpose = "all components; among equal priorities the first in the list runs first"),
	END,
};
static const struct type chain_device_type = { "ChainDevice", .fields = chain_device_fields,
					       .size = sizeof(struct chain_device) };

/* A path. */
#define PATH_LENGTH_MAX 4095

static const struct field refused_file_fields[] = {
	IN(refused_file_request, file, FIELD_NAME, REQUIRED, .maximum = PATH_LENGTH_MAX,
	   .purpose = "path of the file"),
	IN(refused_file_request, owner, FIELD_NAME, REQUIRED,
	   .purpose = "owner of what the file describes"),
	IN(refused_file_request, why, FIELD_NAME, REQUIRED, .maximum = WHY_LENGTH_MAX,
	   .purpose = "why it was refused, one sentence"),
	END,
};
static const struct type refused_file_type = { "RefusedFile", .fields = refused_file_fields,
					       .size = sizeof(struct refused_file_request) };

#define CHAINS_PURPOSE "all that these devices should run; other devices stay unchanged"

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
	OUT("field", FIELD_STRING, REQUIRED, .purpose = "name of the field in a chain file"),
	OUT("before", FIELD_STRING, OPTIONAL, .purpose = "omitted if it is new"),
	OUT("after", FIELD_STRING, OPTIONAL, .purpose = "omitted if it is removed"),
	END,
};
static const struct type difference_type = { "Difference", .fields = difference_fields };

static const struct field step_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "name of the component"),
	OUT("action", FIELD_CHOICE, REQUIRED, .type = &action_type,
	    .purpose = "set: the program stays loaded"),
	OUT("differences", FIELD_OBJECTS, REQUIRED, .type = &difference_type),
	OUT("verified", FIELD_NUMBER, OPTIONAL,
	    .purpose = "instructions the verifier processed for a new program; 0: unknown"),
	END,
};
static const struct type step_type = { "Step", .fields = step_fields };

static const struct field plan_fields[] = {
	OUT("ifname", FIELD_STRING, REQUIRED),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = NETNS_PATH_PURPOSE),
	OUT("generation", FIELD_NUMBER, REQUIRED, .purpose = "generation before the change"),
	OUT("changes", FIELD_BOOLEAN, REQUIRED, .purpose = "true if there is anything to change"),
	OUT("differences", FIELD_OBJECTS, REQUIRED, .type = &difference_type,
	    .purpose = "differences of the device itself"),
	OUT("steps", FIELD_OBJECTS, REQUIRED, .type = &step_type,
	    .purpose = "in chain order, then what is removed"),
	OUT("warnings", FIELD_NAMES, REQUIRED, .purpose = "sentences"),
	END,
};
static const struct type plan_type = { "DevicePlan", .fields = plan_fields };

static const struct field packet_change_fields[] = {
	OUT("offset", FIELD_NUMBER, REQUIRED, .purpose = "offset in the original packet"),
	OUT("before", FIELD_STRING, REQUIRED, .purpose = "hexadecimal; empty: bytes were inserted"),
	OUT("after", FIELD_STRING, REQUIRED, .purpose = "hexadecimal; empty: bytes were removed"),
	END,
};
static const struct type packet_change_type = { "PacketChange", .fields = packet_change_fields };

static const struct field tried_packet_fields[] = {
	OUT("length", FIELD_NUMBER, REQUIRED, .purpose = "bytes"),
	OUT("cut_from", FIELD_NUMBER, OPTIONAL,
	    .purpose = "length on the wire, if the capture holds only the beginning"),
	OUT("failure", FIELD_STRING, OPTIONAL,
	    .purpose = "why the packet was not run; otherwise there is a verdict"),
	OUT("verdict", FIELD_CHOICE, OPTIONAL, .type = &verdict_type),
	OUT("component", FIELD_STRING, OPTIONAL,
	    .purpose = "component that decided; omitted if all let the packet proceed, or a policy "
		       "decided"),
	OUT("overruled", FIELD_BOOLEAN, OPTIONAL,
	    .purpose = "true: it returned a verdict that it may not return, which became aborted"),
	OUT("length_after", FIELD_NUMBER, OPTIONAL, .purpose = "new length, if it changed"),
	OUT("changes", FIELD_OBJECTS, OPTIONAL, .type = &packet_change_type,
	    .purpose = "bytes that changed, if any"),
	END,
};
static const struct type tried_packet_type = { "TriedPacket", .fields = tried_packet_fields };

static const struct field trial_fields[] = {
	OUT("ifname", FIELD_STRING, REQUIRED),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = NETNS_PATH_PURPOSE),
	OUT("generation", FIELD_NUMBER, REQUIRED, .purpose = "generation of the device"),
	OUT("planned", FIELD_BOOLEAN, REQUIRED,
	    .purpose = "true: the planned chain; false: the chain that runs"),
	OUT("policy", FIELD_BOOLEAN, REQUIRED,
	    .purpose = "true if the rootlet is a policy, which does not report which component "
		       "decided"),
	OUT("packets", FIELD_OBJECTS, REQUIRED, .type = &tried_packet_type,
	    .purpose = "in the order of the request"),
	OUT("notes", FIELD_NAMES, REQUIRED, .purpose = "where the test differs from the device"),
	END,
};
static const struct type trial_type = { "Trial", .fields = trial_fields };

static const struct field component_figures_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED),
	OUT("state", FIELD_CHOICE, REQUIRED, .type = &component_state_type),
	OUT("proceed_on", FIELD_VERDICTS, REQUIRED, .type = &verdict_type),
	OUT("counters", FIELD_OBJECT, OPTIONAL, .type = &counters_type,
	    .purpose = "omitted for a component in a policy slot"),
	END,
};
static const struct type component_figures_type = { "ComponentFigures",
						    .fields = component_figures_fields };

static const struct field device_figures_fields[] = {
	OUT("ifname", FIELD_STRING, REQUIRED),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = NETNS_PATH_PURPOSE),
	OUT("state", FIELD_CHOICE, REQUIRED, .type = &device_state_type),
	OUT("generation", FIELD_NUMBER, REQUIRED),
	OUT("unconfirmed", FIELD_NUMBER, OPTIONAL,
	    .purpose = "seconds until its unconfirmed change is rolled back"),
	OUT("components", FIELD_OBJECTS, REQUIRED, .type = &component_figures_type),
	END,
};
static const struct type device_figures_type = { "DeviceFigures", .fields = device_figures_fields };

static const struct field change_count_fields[] = {
	OUT("kind", FIELD_STRING, REQUIRED,
	    .purpose = "method that a client called, or Fuse, Link, Leave or Lost: what xdpd did "
		       "by itself"),
	OUT("succeeded", FIELD_NUMBER, REQUIRED),
	OUT("failed", FIELD_NUMBER, REQUIRED),
	END,
};
static const struct type change_count_type = { "ChangeCount", .fields = change_count_fields };

static const struct field duration_fields[] = {
	OUT("usec", FIELD_NUMBER, OPTIONAL,
	    .purpose = "upper bound in microseconds; omitted for the last bucket"),
	OUT("count", FIELD_NUMBER, REQUIRED,
	    .purpose = "changes that took longer than the bound before, and at most this one"),
	END,
};
static const struct type duration_type = { "Duration", .fields = duration_fields };

static const struct field event_fields[] = {
	OUT("number", FIELD_NUMBER, REQUIRED,
	    .purpose = "rises by one with each event of this daemon, also with those that the "
		       "request leaves out"),
	OUT("time", FIELD_NUMBER, REQUIRED, .purpose = "microseconds since 1970 (UTC)"),
	OUT("kind", FIELD_STRING, REQUIRED,
	    .purpose = "kind of event, such as changed, swapped or lost; more kinds may be added"),
	OUT("sentence", FIELD_STRING, REQUIRED, .purpose = "what happened, in one sentence"),
	OUT("devices", FIELD_NAMES, OPTIONAL, .purpose = "names of the devices it happened to"),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = NETNS_PATH_PURPOSE),
	OUT("generation", FIELD_NUMBER, OPTIONAL, .purpose = "of the device, if there is only one"),
	OUT("components", FIELD_NAMES, OPTIONAL),
	OUT("objects", FIELD_NAMES, OPTIONAL, .purpose = "sha256:HEX of their object files"),
	OUT("method", FIELD_STRING, OPTIONAL, .purpose = "method that a client called"),
	OUT("uid", FIELD_NUMBER, OPTIONAL, .purpose = "user of that client"),
	OUT("gid", FIELD_NUMBER, OPTIONAL, .purpose = "group of that client"),
	OUT("pid", FIELD_NUMBER, OPTIONAL, .purpose = "process of that client"),
	OUT("command", FIELD_STRING, OPTIONAL, .purpose = "name of that process"),
	OUT("lost", FIELD_NUMBER, OPTIONAL,
	    .purpose = "for the kind lost: events that came while the reader was too slow"),
	END,
};
static const struct type event_type = { "Event", .fields = event_fields };

static const struct field traced_component_fields[] = {
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "in the chain"),
	OUT("object", FIELD_STRING, OPTIONAL,
	    .purpose =
		    "sha256:HEX of the object file; omitted for an adopted component without one"),
	OUT("program", FIELD_STRING, REQUIRED),
	END,
};
static const struct type traced_component_type = { "TracedComponent",
						   .fields = traced_component_fields };

static const struct field leased_component_fields[] = {
	OUT("ifname", FIELD_STRING, REQUIRED),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = NETNS_PATH_PURPOSE),
	OUT("name", FIELD_STRING, REQUIRED, .purpose = "name of the component"),
	END,
};
static const struct type leased_component_type = { "LeasedComponent",
						   .fields = leased_component_fields };

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
	&leased_component_type,
	&feature_type,
	&finding_type,
	&policy_slot_type,
	&policy_offer_type,
	&policy_type,
	&record_type,
	&node_type,
	&edge_type,
	&chain_component_type,
	&chain_policy_type,
	&chain_device_type,
	&refused_file_type,
	&action_type,
	&difference_type,
	&step_type,
	&plan_type,
	&packet_change_type,
	&tried_packet_type,
	&trial_type,
	&map_holder_type,
	&loaded_map_type,
	&component_figures_type,
	&device_figures_type,
	&change_count_type,
	&duration_type,
	&event_type,
	&traced_component_type,
	NULL,
};

/* The field of every method that changes chains. */
#define IN_CONFIRM(request)                                                                   \
	IN(request, confirm, FIELD_SECONDS, OPTIONAL, .minimum = 1, .maximum = CONFIRM_MAX,   \
	   .purpose = "seconds within which Confirm must be called; otherwise the change is " \
		      "rolled back; default: no confirmation needed")

#define DEVICES_PURPOSE "names of the devices; the change applies to all of them or to none"
#define OBJECT_PURPOSE	"ELF object: index of its file descriptor among those sent with the request"
#define LIBRARIES_PURPOSE \
	"ELF libraries with functions that the object calls: indexes of their file descriptors"
#define SIGNATURES_PURPOSE                                                                        \
	"detached OpenSSH signatures of the object and the libraries, in this order, each ended " \
	"by a NUL byte, empty for none: index of the file descriptor of a file with them"
#define PINS_PURPOSE "indexes of the file descriptors of pinned maps, in the order of share_maps"
#define MAP_CHANGE_PURPOSE \
	"replace maps whose definition changed with new, empty ones; default: refuse"
#define EXPECT_PURPOSE "refuse unless every device is at this generation"
#define NETNS_PURPOSE                                                                       \
	"network namespace of the devices: name in /run/netns, path, or 'default' for the " \
	"daemon's "                                                                         \
	"own; default: the client's"

static const struct field attach_in[] = {
	IN(attach_request, devices, FIELD_NAMES, REQUIRED, .purpose = DEVICES_PURPOSE),
	IN(attach_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(attach_request, object, FIELD_FD, REQUIRED, .purpose = OBJECT_PURPOSE),
	IN(attach_request, libraries, FIELD_FDS, OPTIONAL, .purpose = LIBRARIES_PURPOSE),
	IN(attach_request, signatures, FIELD_FD, OPTIONAL, .purpose = SIGNATURES_PURPOSE),
	COMPONENT_FIELDS(attach_request, component),
	IN(attach_request, pins, FIELD_FDS, OPTIONAL, .purpose = PINS_PURPOSE),
	IN(attach_request, before, FIELD_NAME, OPTIONAL,
	   .purpose = "component to run directly before"),
	IN(attach_request, after, FIELD_NAME, OPTIONAL,
	   .purpose = "component to run directly after"),
	IN(attach_request, slot, FIELD_NAME, OPTIONAL, .purpose = SLOT_PURPOSE),
	IN(attach_request, mode, FIELD_CHOICE, OPTIONAL, .type = &mode_type,
	   .purpose = MODE_PURPOSE),
	IN(attach_request, match, FIELD_NAME, OPTIONAL, .purpose = MATCH_PURPOSE),
	IN(attach_request, interop, FIELD_CHOICE, OPTIONAL, .type = &interop_type,
	   .purpose = "whose tools should list the components from now on; default: unchanged, at "
		      "first none"),
	IN(attach_request, while_connected, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "detach the component when the connection of this request ends, however it "
		      "ends"),
	IN(attach_request, expect_generation, FIELD_NUMBER, OPTIONAL, .purpose = EXPECT_PURPOSE),
	IN_CONFIRM(attach_request),
	END,
};

static const struct field detach_in[] = {
	IN(detach_request, devices, FIELD_NAMES, REQUIRED, .purpose = DEVICES_PURPOSE),
	IN(detach_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(detach_request, name, FIELD_NAME, OPTIONAL,
	   .purpose = "name of the component; or set all"),
	IN(detach_request, all, FIELD_BOOLEAN, OPTIONAL, .purpose = "detach every component"),
	IN(detach_request, release, FIELD_BOOLEAN, OPTIONAL, .purpose = "also release the device"),
	IN(detach_request, expect_generation, FIELD_NUMBER, OPTIONAL, .purpose = EXPECT_PURPOSE),
	IN_CONFIRM(detach_request),
	END,
};

static const struct field replace_in[] = {
	IN(replace_request, devices, FIELD_NAMES, REQUIRED, .purpose = DEVICES_PURPOSE),
	IN(replace_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(replace_request, name, FIELD_NAME, REQUIRED, .purpose = "name of the component"),
	IN(replace_request, object, FIELD_FD, REQUIRED, .purpose = OBJECT_PURPOSE),
	IN(replace_request, libraries, FIELD_FDS, OPTIONAL, .purpose = LIBRARIES_PURPOSE),
	IN(replace_request, signatures, FIELD_FD, OPTIONAL, .purpose = SIGNATURES_PURPOSE),
	IN(replace_request, program, FIELD_NAME, OPTIONAL, .purpose = PROGRAM_PURPOSE),
	IN(replace_request, set, FIELD_NAMES, OPTIONAL,
	   .purpose =
		   "global variables to set, as NAME=VALUE; NAME alone drops one; others stay set"),
	IN(replace_request, share_maps, FIELD_NAMES, OPTIONAL,
	   .purpose = "as for Attach; NAME alone drops one; others stay shared"),
	IN(replace_request, devbound, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "as for Attach; a bound component stays bound"),
	IN(replace_request, pins, FIELD_FDS, OPTIONAL, .purpose = PINS_PURPOSE),
	IN(replace_request, fresh_maps, FIELD_BOOLEAN, OPTIONAL,
	   .purpose =
		   "start with new maps; default: carry over maps of the same name and definition"),
	IN(replace_request, allow_map_change, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = MAP_CHANGE_PURPOSE),
	IN(replace_request, expect_generation, FIELD_NUMBER, OPTIONAL, .purpose = EXPECT_PURPOSE),
	IN_CONFIRM(replace_request),
	END,
};

static const struct field move_in[] = {
	IN(move_request, devices, FIELD_NAMES, REQUIRED, .purpose = DEVICES_PURPOSE),
	IN(move_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(move_request, name, FIELD_NAME, REQUIRED, .purpose = "name of the component"),
	IN(move_request, priority, FIELD_NUMBER, OPTIONAL, .maximum = PRIORITY_MAX,
	   .purpose = "lower runs first; default: unchanged"),
	IN(move_request, proceed_on, FIELD_VERDICTS, OPTIONAL, .type = &verdict_type,
	   .purpose = "verdicts after which the next component runs; default: unchanged"),
	IN(move_request, allow_verdicts, FIELD_VERDICTS, OPTIONAL, .type = &verdict_type,
	   .purpose = "verdicts it may return; default: unchanged"),
	IN(move_request, map_owner, FIELD_NAME, OPTIONAL, .purpose = MAP_OWNER_PURPOSE "unchanged"),
	IN(move_request, map_mode, FIELD_NAME, OPTIONAL, .purpose = MAP_MODE_PURPOSE "unchanged"),
	IN(move_request, before, FIELD_NAME, OPTIONAL,
	   .purpose = "component to run directly before"),
	IN(move_request, after, FIELD_NAME, OPTIONAL, .purpose = "component to run directly after"),
	IN(move_request, expect_generation, FIELD_NUMBER, OPTIONAL, .purpose = EXPECT_PURPOSE),
	IN_CONFIRM(move_request),
	END,
};

static const struct field relink_in[] = {
	IN(relink_request, library, FIELD_NAME, REQUIRED,
	   .purpose = "library to replace: name of its file, or sha256:HEX"),
	IN(relink_request, object, FIELD_FD, REQUIRED,
	   .purpose =
		   "new library: index of its file descriptor among those sent with the request"),
	IN(relink_request, signatures, FIELD_FD, OPTIONAL,
	   .purpose =
		   "detached OpenSSH signature of the new library, ended by a NUL byte: index of "
		   "the file descriptor of a file with it"),
	IN_CONFIRM(relink_request),
	END,
};

static const struct field suspend_in[] = {
	IN(suspend_request, devices, FIELD_NAMES, REQUIRED, .purpose = DEVICES_PURPOSE),
	IN(suspend_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(suspend_request, expect_generation, FIELD_NUMBER, OPTIONAL, .purpose = EXPECT_PURPOSE),
	IN_CONFIRM(suspend_request),
	END,
};

static const struct field interop_in[] = {
	IN(interop_request, devices, FIELD_NAMES, REQUIRED, .purpose = DEVICES_PURPOSE),
	IN(interop_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(interop_request, interop, FIELD_CHOICE, REQUIRED, .type = &interop_type,
	   .purpose = "whose tools should list the components from now on"),
	IN(interop_request, expect_generation, FIELD_NUMBER, OPTIONAL, .purpose = EXPECT_PURPOSE),
	IN_CONFIRM(interop_request),
	END,
};

#define PARK_PURPOSE "park components that lose their place; default: refuse"

static const struct field set_policy_in[] = {
	IN(set_policy_request, devices, FIELD_NAMES, REQUIRED, .purpose = DEVICES_PURPOSE),
	IN(set_policy_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(set_policy_request, object, FIELD_FD, REQUIRED, .purpose = OBJECT_PURPOSE),
	IN(set_policy_request, libraries, FIELD_FDS, OPTIONAL, .purpose = LIBRARIES_PURPOSE),
	IN(set_policy_request, signatures, FIELD_FD, OPTIONAL, .purpose = SIGNATURES_PURPOSE),
	IN(set_policy_request, program, FIELD_NAME, OPTIONAL, .purpose = PROGRAM_PURPOSE),
	IN(set_policy_request, park, FIELD_BOOLEAN, OPTIONAL, .purpose = PARK_PURPOSE),
	IN(set_policy_request, expect_generation, FIELD_NUMBER, OPTIONAL,
	   .purpose = EXPECT_PURPOSE),
	IN_CONFIRM(set_policy_request),
	END,
};

static const struct field clear_policy_in[] = {
	IN(clear_policy_request, devices, FIELD_NAMES, REQUIRED, .purpose = DEVICES_PURPOSE),
	IN(clear_policy_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(clear_policy_request, park, FIELD_BOOLEAN, OPTIONAL, .purpose = PARK_PURPOSE),
	IN(clear_policy_request, expect_generation, FIELD_NUMBER, OPTIONAL,
	   .purpose = EXPECT_PURPOSE),
	IN_CONFIRM(clear_policy_request),
	END,
};

static const struct field policy_in[] = {
	IN(policy_request, devices, FIELD_NAMES, OPTIONAL,
	   .purpose = "names of the devices; default: all with a policy, in all namespaces"),
	IN(policy_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	END,
};

static const struct field policy_out[] = {
	OUT("policies", FIELD_OBJECTS, REQUIRED, .type = &policy_type),
	END,
};

static const struct field adopt_in[] = {
	IN(adopt_request, devices, FIELD_NAMES, REQUIRED, .purpose = DEVICES_PURPOSE),
	IN(adopt_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(adopt_request, expect_generation, FIELD_NUMBER, OPTIONAL, .purpose = EXPECT_PURPOSE),
	IN_CONFIRM(adopt_request),
	END,
};

static const struct field decide_in[] = {
	IN(decide_request, devices, FIELD_NAMES, OPTIONAL,
	   .purpose = "names of devices, each standing for its whole change; default: all "
		      "unconfirmed changes"),
	IN(decide_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	END,
};

static const struct field apply_in[] = {
	IN(apply_request, devices, FIELD_OBJECTS, REQUIRED, .type = &chain_device_type,
	   .maximum = LIST_LENGTH_MAX, .purpose = CHAINS_PURPOSE),
	IN(apply_request, owner, FIELD_NAME, OPTIONAL,
	   .purpose =
		   "apply in the name of this owner: the chains are everything that it has on any "
		   "device, and components of others stay unchanged; default: everything"),
	IN(apply_request, objects, FIELD_FDS, OPTIONAL,
	   .purpose = "ELF objects of the components: indexes of their file descriptors"),
	IN(apply_request, signatures, FIELD_FD, OPTIONAL,
	   .purpose = "detached OpenSSH signatures of these objects, in the same order, each ended "
		      "by a NUL byte, empty for none: index of the file descriptor of a file with "
		      "them"),
	IN(apply_request, pins, FIELD_FDS, OPTIONAL,
	   .purpose = "pinned maps that components share, in the order they are named: indexes of "
		      "their file descriptors"),
	IN(apply_request, allow_map_change, FIELD_BOOLEAN, OPTIONAL, .purpose = MAP_CHANGE_PURPOSE),
	IN(apply_request, allow_absent, FIELD_BOOLEAN, OPTIONAL,
	   .purpose =
		   "accept devices that do not exist yet; their chains run as soon as they appear; "
		   "default: refuse"),
	IN(apply_request, dry_run, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "load and build what is new, report what would be done, and undo it"),
	IN(apply_request, expect_generation, FIELD_NUMBER, OPTIONAL, .purpose = EXPECT_PURPOSE),
	IN_CONFIRM(apply_request),
	END,
};

static const struct field apply_out[] = {
	OUT("results", FIELD_OBJECTS, REQUIRED, .type = &result_type,
	    .purpose = "empty for a dry run"),
	OUT("plan", FIELD_OBJECTS, REQUIRED, .type = &plan_type,
	    .purpose = "what was done or would be done, one entry per device"),
	END,
};

static const struct field report_files_in[] = {
	IN(report_files_request, directory, FIELD_NAME, REQUIRED, .maximum = PATH_LENGTH_MAX,
	   .purpose = "directory that was read"),
	IN(report_files_request, refused, FIELD_OBJECTS, REQUIRED, .type = &refused_file_type,
	   .maximum = LIST_LENGTH_MAX,
	   .purpose = "its chain files that could not be applied; they replace those of its last "
		      "report"),
	END,
};

static const struct field report_files_out[] = { END };

/* A field of the apply_request inside the request. */
#define PLANNED(field_name, member, field_kind, ...)                      \
	{                                                                 \
		.name = field_name, .kind = field_kind, .optional = true, \
		.offset = offsetof(struct test_request, planned) +        \
			  offsetof(struct apply_request, member),         \
		__VA_ARGS__                                               \
	}

static const struct field test_in[] = {
	IN(test_request, devices, FIELD_NAMES, OPTIONAL,
	   .purpose = "names of devices whose running chains are tested; or give chains"),
	IN(test_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	PLANNED("chains", devices, FIELD_OBJECTS, .type = &chain_device_type,
		.maximum = LIST_LENGTH_MAX, .purpose = "chains to test instead, as for Apply"),
	PLANNED("objects", objects, FIELD_FDS, .purpose = "objects of these chains, as for Apply"),
	PLANNED("signatures", signatures, FIELD_FD, .purpose = "as for Apply"),
	PLANNED("pins", pins, FIELD_FDS, .purpose = "as for Apply"),
	PLANNED("allow_map_change", allow_map_change, FIELD_BOOLEAN, .purpose = "as for Apply"),
	IN(test_request, packets, FIELD_FD, REQUIRED,
	   .purpose = "file with packets: index of its file descriptor. Each packet is two 32-bit "
		      "little-endian numbers (bytes in the file, bytes on the wire) and an "
		      "Ethernet frame"),
	IN(test_request, diff, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "also test the chains that run on the devices of these chains"),
	END,
};

static const struct field test_out[] = {
	OUT("trials", FIELD_OBJECTS, REQUIRED, .type = &trial_type,
	    .purpose = "one per device; with diff two: the running chain, then the planned one"),
	END,
};

static const struct field export_in[] = {
	IN(export_request, devices, FIELD_NAMES, OPTIONAL,
	   .purpose = "names of the devices; default: all, in all namespaces"),
	IN(export_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(export_request, owner, FIELD_NAME, OPTIONAL,
	   .purpose = "only what belongs to this owner; default: everything"),
	END,
};

static const struct field export_out[] = {
	OUT("devices", FIELD_OBJECTS, REQUIRED, .type = &chain_device_type,
	    .purpose = "as for Apply"),
	END,
};

static const struct field object_in[] = {
	IN(object_request, object, FIELD_NAME, REQUIRED, .purpose = "sha256:HEX"),
	END,
};

static const struct field object_out[] = {
	OUT("object", FIELD_FD, REQUIRED,
	    .purpose = "index of its file descriptor among those sent with the reply, open for "
		       "reading"),
	OUT("label", FIELD_STRING, REQUIRED, .purpose = "name of the file that it came from"),
	OUT("signature", FIELD_STRING, OPTIONAL,
	    .purpose = "its detached OpenSSH signature, if one is kept with it"),
	END,
};

static const struct field results_out[] = {
	OUT("results", FIELD_OBJECTS, REQUIRED, .type = &result_type),
	END,
};

static const struct field lease_in[] = {
	IN(lease_request, key, FIELD_NAME, REQUIRED,
	   .purpose = "secret of the client, 16 to 256 random characters, never used before"),
	IN(lease_request, claim, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "claim the components of an earlier connection with this key, instead of "
		      "beginning a lease"),
	END,
};

static const struct field lease_out[] = {
	OUT("claimed", FIELD_BOOLEAN, REQUIRED,
	    .purpose = "false: there was nothing to claim, and the connection has no lease with "
		       "this key"),
	OUT("components", FIELD_OBJECTS, REQUIRED, .type = &leased_component_type,
	    .purpose = "components that end with this connection"),
	END,
};

static const struct field status_in[] = {
	IN(status_request, devices, FIELD_NAMES, OPTIONAL,
	   .purpose = "names of the devices; default: all, in all namespaces"),
	IN(status_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(status_request, owner, FIELD_NAME, OPTIONAL,
	   .purpose = "only what belongs to this owner; default: everything"),
	END,
};

static const struct field graph_in[] = {
	IN(graph_request, devices, FIELD_NAMES, OPTIONAL,
	   .purpose = "names of the devices; default: all, in all namespaces"),
	IN(graph_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(graph_request, others, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "also report holders outside xdpd: pins, processes, programs and links"),
	END,
};

static const struct field graph_out[] = {
	OUT("nodes", FIELD_OBJECTS, REQUIRED, .type = &node_type),
	OUT("edges", FIELD_OBJECTS, REQUIRED, .type = &edge_type),
	END,
};

static const struct field maps_in[] = {
	IN(maps_request, devices, FIELD_NAMES, OPTIONAL,
	   .purpose = "names of the devices; default: all"),
	IN(maps_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(maps_request, name, FIELD_NAME, OPTIONAL,
	   .purpose = "name of the component; default: all"),
	END,
};

static const struct field maps_out[] = {
	OUT("maps", FIELD_OBJECTS, REQUIRED, .type = &loaded_map_type,
	    .purpose = "each map once, however many components share it"),
	END,
};

static const struct field verify_in[] = {
	IN(verify_request, repair, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "repair what can be repaired; needs the right to change"),
	END,
};

static const struct field verify_out[] = {
	OUT("findings", FIELD_OBJECTS, REQUIRED, .type = &finding_type),
	END,
};

static const struct field status_out[] = {
	OUT("devices", FIELD_OBJECTS, REQUIRED, .type = &device_type),
	OUT("refused_files", FIELD_OBJECTS, OPTIONAL, .type = &refused_file_type,
	    .purpose = "chain files that could not be applied, see ReportFiles; omitted if there "
		       "are none, or if the request names devices"),
	END,
};

static const struct field features_in[] = { END };

static const struct field features_out[] = {
	OUT("kernel", FIELD_STRING, REQUIRED, .purpose = "kernel release"),
	OUT("linker", FIELD_STRING, REQUIRED, .purpose = "linker in use"),
	OUT("why", FIELD_STRING, REQUIRED, .purpose = "why this linker is used"),
	OUT("components_max", FIELD_NUMBER, REQUIRED,
	    .purpose = "maximum number of components on a device"),
	OUT("features", FIELD_OBJECTS, REQUIRED, .type = &feature_type),
	END,
};

static const struct field monitor_in[] = {
	IN(monitor_request, devices, FIELD_NAMES, OPTIONAL,
	   .purpose = "only events of these devices; default: all events"),
	IN(monitor_request, netns, FIELD_NAME, OPTIONAL,
	   .purpose = "only events of devices in this network namespace: name in /run/netns, "
		      "path, or 'default' for the daemon's own; default: with devices the "
		      "client's, else all"),
	IN(monitor_request, kinds, FIELD_NAMES, OPTIONAL,
	   .purpose = "only these kinds of events; default: all"),
	END,
};

static const struct field monitor_out[] = {
	OUT("event", FIELD_OBJECT, REQUIRED, .type = &event_type),
	END,
};

static const struct field metrics_in[] = { END };

static const struct field metrics_out[] = {
	OUT("version", FIELD_STRING, REQUIRED, .purpose = "of the daemon"),
	OUT("devices", FIELD_OBJECTS, REQUIRED, .type = &device_figures_type),
	OUT("changes", FIELD_OBJECTS, REQUIRED, .type = &change_count_type,
	    .purpose = "since the daemon started, as everything below"),
	OUT("durations", FIELD_OBJECTS, REQUIRED, .type = &duration_type,
	    .purpose = "how long these changes took"),
	OUT("durations_usec", FIELD_NUMBER, REQUIRED,
	    .purpose = "microseconds that they took together"),
	OUT("restored", FIELD_NUMBER, REQUIRED,
	    .purpose = "chains that were attached again after they were detached from outside"),
	END,
};

static const struct field trace_in[] = {
	IN(trace_request, device, FIELD_NAME, REQUIRED, .purpose = "name of the device"),
	IN(trace_request, netns, FIELD_NAME, OPTIONAL, .purpose = NETNS_PURPOSE),
	IN(trace_request, filter, FIELD_NAME, OPTIONAL, .maximum = TRACE_FILTER_BASE64_MAX,
	   .purpose = "only packets that this filter accepts as they arrive: classic BPF for "
		      "Ethernet, an array of struct sock_filter as in memory, in base64"),
	IN(trace_request, verdicts, FIELD_VERDICTS, OPTIONAL, .type = &verdict_type,
	   .purpose = "only packets that leave the chain with one of these; default: all"),
	IN(trace_request, component, FIELD_NAME, OPTIONAL,
	   .purpose = "only packets that leave the chain after this component; default: all"),
	IN(trace_request, sample, FIELD_NUMBER, OPTIONAL, .minimum = 1, .maximum = TRACE_SAMPLE_MAX,
	   .purpose = "record one packet in this many, chosen at random; default: 1"),
	IN(trace_request, snaplen, FIELD_NUMBER, OPTIONAL, .maximum = TRACE_SNAPLEN_MAX,
	   .purpose = "bytes of each packet to copy; default: 128"),
	IN(trace_request, seconds, FIELD_SECONDS, OPTIONAL, .maximum = TRACE_SECONDS_MAX,
	   .purpose = "time after which the trace ends; 0: never; default: 3600"),
	IN(trace_request, journey, FIELD_BOOLEAN, OPTIONAL,
	   .purpose = "record each packet also when it arrives and after each component"),
	END,
};

static const struct field trace_out[] = {
	OUT("device", FIELD_STRING, REQUIRED, .purpose = "its name now"),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = NETNS_PATH_PURPOSE),
	OUT("generation", FIELD_NUMBER, REQUIRED),
	OUT("components", FIELD_OBJECTS, REQUIRED, .type = &traced_component_type,
	    .purpose = "records have their positions in this list"),
	OUT("policy", FIELD_BOOLEAN, REQUIRED,
	    .purpose = "true if the first of them is a policy, and the others are in its slots"),
	OUT("buffers", FIELD_FDS, OPTIONAL,
	    .purpose = "BPF ring buffers, to be mapped by the client: indexes of their file "
		       "descriptors among those sent with this reply"),
	OUT("n_buffers", FIELD_NUMBER, REQUIRED,
	    .purpose = "number of all buffers, one per online CPU; the first replies have them"),
	OUT("buffer_bytes", FIELD_NUMBER, REQUIRED,
	    .purpose = "size of each buffer, without its two pages of positions"),
	OUT("lost", FIELD_FD, OPTIONAL,
	    .purpose = "counters of lost records, to be mapped by the client: index of their "
		       "file descriptor among those sent with this reply"),
	OUT("n_lost_counters", FIELD_NUMBER, REQUIRED,
	    .purpose = "number of these counters of 64 bits, whose sum counts"),
	OUT("ended", FIELD_STRING, OPTIONAL, .purpose = "why the trace ended; only the last reply"),
	END,
};

const struct method methods[METHOD_COUNT] = {
	[METHOD_LEASE] = { "Lease", RIGHT_CHANGE, lease_in, sizeof(struct lease_request), lease_out,
			   "Let components that end with this connection outlive a restart of the "
			   "daemon, or claim them after it.",
			   .for_owners = true, .at_once = true },
	[METHOD_ATTACH] = { "Attach", RIGHT_CHANGE, attach_in, sizeof(struct attach_request),
			    results_out, "Attach a component to the chains of devices.",
			    .for_owners = true },
	[METHOD_DETACH] = { "Detach", RIGHT_CHANGE, detach_in, sizeof(struct detach_request),
			    results_out, "Detach components from the chains of devices.",
			    .for_owners = true },
	[METHOD_REPLACE] = { "Replace", RIGHT_CHANGE, replace_in, sizeof(struct replace_request),
			     results_out, "Replace the program of a component.",
			     .for_owners = true },
	[METHOD_MOVE] = { "Move", RIGHT_CHANGE, move_in, sizeof(struct move_request), results_out,
			  "Change a component's place, proceed set, allowed verdicts or map "
			  "owner.",
			  .for_owners = true },
	[METHOD_RELINK] = { "Relink", RIGHT_CHANGE, relink_in, sizeof(struct relink_request),
			    results_out, "Replace a library in every component that uses it." },
	[METHOD_INTEROP] = { "Interop", RIGHT_CHANGE, interop_in, sizeof(struct interop_request),
			     results_out, "Choose whose tools list the components of devices." },
	[METHOD_SUSPEND] = { "Suspend", RIGHT_CHANGE, suspend_in, sizeof(struct suspend_request),
			     results_out,
			     "Let packets bypass the chains of devices, which stay loaded." },
	[METHOD_RESUME] = { "Resume", RIGHT_CHANGE, suspend_in, sizeof(struct suspend_request),
			    results_out, "Let packets run the chains of suspended devices again." },
	[METHOD_SET_POLICY] = { "SetPolicy", RIGHT_CHANGE, set_policy_in,
				sizeof(struct set_policy_request), results_out,
				"Give devices a rootlet of the user's own, with slots for "
				"components." },
	[METHOD_CLEAR_POLICY] = { "ClearPolicy", RIGHT_CHANGE, clear_policy_in,
				  sizeof(struct clear_policy_request), results_out,
				  "Return devices to xdpd's own rootlet." },
	[METHOD_POLICY] = { "Policy", RIGHT_READ, policy_in, sizeof(struct policy_request),
			    policy_out, "List the slots of policies and the components in them." },
	[METHOD_ADOPT] = { "Adopt", RIGHT_CHANGE, adopt_in, sizeof(struct adopt_request),
			   results_out,
			   "Take over XDP programs that were attached to devices by another "
			   "loader." },
	[METHOD_CONFIRM] = { "Confirm", RIGHT_CHANGE, decide_in, sizeof(struct decide_request),
			     results_out, "Keep unconfirmed changes.", .for_owners = true },
	[METHOD_REVERT] = { "Revert", RIGHT_CHANGE, decide_in, sizeof(struct decide_request),
			    results_out, "Roll back unconfirmed changes now.", .for_owners = true },
	[METHOD_APPLY] = { "Apply", RIGHT_CHANGE, apply_in, sizeof(struct apply_request), apply_out,
			   "Make the chains of devices match the request, on all devices or "
			   "none.",
			   .for_owners = true },
	[METHOD_REPORT_FILES] = { "ReportFiles", RIGHT_CHANGE, report_files_in,
				  sizeof(struct report_files_request), report_files_out,
				  "Report which chain files of a directory could not be applied, "
				  "for Status." },
	[METHOD_TEST] = { "Test", RIGHT_CHANGE, test_in, sizeof(struct test_request), test_out,
			  "Run packets through copies of chains; the devices are not touched." },
	[METHOD_EXPORT] = { "Export", RIGHT_READ, export_in, sizeof(struct export_request),
			    export_out, "Return the current chains, in the form that Apply takes.",
			    .for_owners = true },
	[METHOD_OBJECT] = { "Object", RIGHT_CHANGE, object_in, sizeof(struct object_request),
			    object_out,
			    "Return an object from the store that components are made of.",
			    .for_owners = true },
	[METHOD_STATUS] = { "Status", RIGHT_READ, status_in, sizeof(struct status_request),
			    status_out, "Show what devices run, in order, with counters." },
	[METHOD_GRAPH] = { "Graph", RIGHT_READ, graph_in, sizeof(struct graph_request), graph_out,
			   "Show what keeps what in memory: each edge goes from a holder to what "
			   "it keeps." },
	[METHOD_MAPS] = { "Maps", RIGHT_READ, maps_in, sizeof(struct maps_request), maps_out,
			  "List the maps of components and who shares them." },
	[METHOD_VERIFY] = { "Verify", RIGHT_READ, verify_in, sizeof(struct verify_request),
			    verify_out, "Compare xdpd's state with the kernel and the disk." },
	[METHOD_FEATURES] = { "Features", RIGHT_READ, features_in, sizeof(struct features_request),
			      features_out,
			      "Show what this kernel supports and which linker is used.",
			      .at_once = true },
	[METHOD_MONITOR] = { "Monitor", RIGHT_READ, monitor_in, sizeof(struct monitor_request),
			     monitor_out,
			     "Report what happens as it happens, one reply per event; call it "
			     "with more.",
			     .at_once = true },
	[METHOD_METRICS] = { "Metrics", RIGHT_READ, metrics_in, sizeof(struct metrics_request),
			     metrics_out,
			     "Return the figures of all devices and of changes, for monitoring "
			     "systems.",
			     .at_once = true },
	[METHOD_TRACE] = { "Trace", RIGHT_CHANGE, trace_in, sizeof(struct trace_request), trace_out,
			   "Record what happens to the packets of a device, into ring buffers; "
			   "call it with more." },
};
