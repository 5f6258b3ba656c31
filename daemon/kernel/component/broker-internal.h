#pragma once

#include "daemon/kernel/component/broker.h"

/* Takes the descriptor, or the errno that is in its place. The handle, or -errno. */
int broker_add_fd(struct broker *broker, int fd, struct brokered *item);

/* Of what may be missing: 0 then; -1: there is no such thing. */
int broker_find_fd(const struct broker *broker, uint32_t handle, enum brokered_kind kind);

/*
 * The calls (sandbox/calls.h). Each reads all of the call, and adds what it has to say to the reply. The result, a
 * handle or -errno; -EPROTO: the call is not one.
 */
int broker_load_btf(struct broker *broker, struct parcel *call, struct parcel *reply);
int broker_create_map(struct broker *broker, struct parcel *call, struct parcel *reply);
int broker_update_map(struct broker *broker, struct parcel *call, struct parcel *reply);
int broker_freeze_map(struct broker *broker, struct parcel *call, struct parcel *reply);
int broker_tell_map(struct broker *broker, struct parcel *call, struct parcel *reply);
int broker_load_program(struct broker *broker, struct parcel *call, struct parcel *reply);
int broker_bind_map(struct broker *broker, struct parcel *call, struct parcel *reply);
int broker_next_btf(struct broker *broker, struct parcel *call, struct parcel *reply);
int broker_open_btf(struct broker *broker, struct parcel *call, struct parcel *reply);
int broker_tell_btf(struct broker *broker, struct parcel *call, struct parcel *reply);
int broker_list_modules(struct broker *broker, struct parcel *call, struct parcel *reply);

/* The descriptor to send, which the caller closes; -errno. */
int broker_open_file(struct parcel *call);
