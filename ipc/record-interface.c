// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "ipc/record-interface.h"

#define END \
	{   \
	}
#define IN(member, text)                                                                \
	{                                                                               \
		.name = #member, .kind = FIELD_NAME, .optional = true, .purpose = text, \
		.offset = offsetof(struct recording_request, member)                    \
	}
#define OUT(field_name, field_kind, ...)                            \
	{                                                           \
		.name = field_name, .kind = field_kind, __VA_ARGS__ \
	}
#define OPTIONAL .optional = true

static const struct field in[] = {
	IN(device, "name of the device; default: the only one that is recorded"),
	IN(netns, "network namespace of the device; default: any"),
	END,
};

static const char *const states[] = {
	"recording", "waiting", "stopped", "killed", "damaged", NULL
};
static const struct type state_type = { "RecordingState", .names = states };

#define MICROSECONDS ", in microseconds since 1970"

static const struct field recording_fields[] = {
	OUT("file", FIELD_STRING, .purpose = "of the ring"),
	OUT("state", FIELD_CHOICE, .type = &state_type,
	    .purpose =
		    "waiting: to record again; killed: the recorder ended without being stopped"),
	OUT("failure", FIELD_STRING, OPTIONAL,
	    .purpose = "why the file is damaged; then nothing more is known"),
	OUT("ifname", FIELD_STRING, OPTIONAL),
	OUT("netns", FIELD_STRING, OPTIONAL, .purpose = "path; missing: the daemon's own"),
	OUT("reason", FIELD_STRING, OPTIONAL, .purpose = "why the recorder waits"),
	OUT("since", FIELD_NUMBER, OPTIONAL, .purpose = "when the state began" MICROSECONDS),
	OUT("started", FIELD_NUMBER, OPTIONAL, .purpose = "when the recorder began" MICROSECONDS),
	OUT("pid", FIELD_NUMBER, OPTIONAL, .purpose = "of the recorder, while it runs"),
	OUT("bytes", FIELD_NUMBER, OPTIONAL, .purpose = "size of the ring"),
	OUT("sample", FIELD_NUMBER, OPTIONAL, .purpose = "one packet in this many is recorded"),
	OUT("snaplen", FIELD_NUMBER, OPTIONAL, .purpose = "bytes of each packet"),
	OUT("expression", FIELD_STRING, OPTIONAL),
	OUT("packets", FIELD_NUMBER, OPTIONAL,
	    .purpose = "packets that were recorded; the oldest of them may be overwritten"),
	OUT("lost", FIELD_NUMBER, OPTIONAL, .purpose = "records that the kernel could not keep"),
	END,
};
static const struct type recording_type = { "Recording", .fields = recording_fields };

static const struct field status_out[] = {
	OUT("recordings", FIELD_OBJECTS, .type = &recording_type),
	END,
};

static const struct field gap_fields[] = {
	OUT("from", FIELD_NUMBER, .purpose = "microseconds since 1970"),
	OUT("to", FIELD_NUMBER),
	OUT("reason", FIELD_STRING),
	END,
};
static const struct type gap_type = { "RecordingGap", .fields = gap_fields };

static const struct field save_out[] = {
	OUT("ifname", FIELD_STRING),
	OUT("netns", FIELD_STRING, OPTIONAL),
	OUT("file", FIELD_STRING, .purpose = "pcapng that was written"),
	OUT("packets", FIELD_NUMBER, .purpose = "in that file"),
	OUT("from", FIELD_NUMBER, OPTIONAL, .purpose = "time of the first packet" MICROSECONDS),
	OUT("to", FIELD_NUMBER, OPTIONAL, .purpose = "time of the last packet" MICROSECONDS),
	OUT("older", FIELD_NUMBER,
	    .purpose = "packets that were recorded earlier and are not in the file"),
	OUT("lost", FIELD_NUMBER, .purpose = "records that the kernel could not keep"),
	OUT("gaps", FIELD_OBJECTS, .type = &gap_type,
	    .purpose = "times in which packets may be missing"),
	END,
};

static const struct field stop_out[] = {
	OUT("ifname", FIELD_STRING),
	OUT("netns", FIELD_STRING, OPTIONAL),
	OUT("packets", FIELD_NUMBER, .purpose = "packets that were recorded"),
	OUT("file", FIELD_STRING, .purpose = "of the ring"),
	OUT("kept", FIELD_BOOLEAN, .purpose = "the file still exists"),
	END,
};

const struct method record_status_method = {
	"record status",
	RIGHT_READ,
	in,
	sizeof(struct recording_request),
	status_out,
	"Show recorders, and recordings of recorders that have ended.",
};

const struct method record_save_method = {
	"record save",
	RIGHT_READ,
	in,
	sizeof(struct recording_request),
	save_out,
	"Write the packets in the ring of a recorder to a file.",
};

const struct method record_stop_method = {
	"record stop", RIGHT_READ,	  in, sizeof(struct recording_request),
	stop_out,      "End a recorder.",
};
