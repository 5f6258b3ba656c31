// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "broker/broker.h"

/*
 * Keeps the descriptor as an item, and returns its handle. `fd` may be a negative errno, which is returned.
 */
int broker_add_fd(struct broker *broker, int fd, struct brokered *item);

/*
 * The descriptor of an optional item: 0 if the handle is 0; -1 if no item of that kind has the handle.
 */
int broker_find_fd(const struct broker *broker, uint32_t handle, enum brokered_kind kind);

/* An empty buffer of broker->log_size bytes for a log of that level; NULL: there is no memory. */
char *broker_get_log(struct broker *broker, unsigned int level);

/* Adds the end of the verifier's log, which has the reason of a refusal; NULL: there is no log. */
void broker_put_log(struct parcel *reply, const char *log);

/*
 * The calls (sandbox/calls.h). Each reads the whole call and adds its output to the reply. Returns the
 * result, a handle or -errno; -EPROTO: the call is malformed.
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

/* Returns the descriptor to send, which the caller closes, or -errno. */
int broker_open_file(struct broker *broker, struct parcel *call);
