// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/service/context.h"
#include "daemon/service/peer.h"
#include "ipc/interface.h"

/*
 * Answers a method. `request` is the struct that the method's table describes, decoded and allowed; it is
 * freed when the handler returns. 0: the handler answers with peer_reply() or peer_fail(), now or later.
 * Negative: `error` is the answer.
 */
typedef int (*method_handler)(struct peer *peer, void *request, struct error *error);

/* One handler for each method, in methods.c. */
extern const method_handler method_handlers[METHOD_COUNT];

/* The handlers, each for the method of its name. */
int method_lease(struct peer *peer, void *request, struct error *error);
int method_attach(struct peer *peer, void *request, struct error *error);
int method_detach(struct peer *peer, void *request, struct error *error);
int method_replace(struct peer *peer, void *request, struct error *error);
int method_relink(struct peer *peer, void *request, struct error *error);
int method_move(struct peer *peer, void *request, struct error *error);
int method_interop(struct peer *peer, void *request, struct error *error);
int method_suspend(struct peer *peer, void *request, struct error *error);
int method_resume(struct peer *peer, void *request, struct error *error);
int method_set_policy(struct peer *peer, void *request, struct error *error);
int method_clear_policy(struct peer *peer, void *request, struct error *error);
int method_policy(struct peer *peer, void *request, struct error *error);
int method_adopt(struct peer *peer, void *request, struct error *error);
int method_confirm(struct peer *peer, void *request, struct error *error);
int method_revert(struct peer *peer, void *request, struct error *error);
int method_apply(struct peer *peer, void *request, struct error *error);
int method_report_files(struct peer *peer, void *request, struct error *error);
int method_test(struct peer *peer, void *request, struct error *error);
int method_export(struct peer *peer, void *request, struct error *error);
int method_object(struct peer *peer, void *request, struct error *error);
int method_status(struct peer *peer, void *request, struct error *error);
int method_graph(struct peer *peer, void *request, struct error *error);
int method_maps(struct peer *peer, void *request, struct error *error);
int method_verify(struct peer *peer, void *request, struct error *error);
int method_features(struct peer *peer, void *request, struct error *error);
int method_metrics(struct peer *peer, void *request, struct error *error);
int method_monitor(struct peer *peer, void *request, struct error *error);
int method_trace(struct peer *peer, void *request, struct error *error);

/*
 * Does the client have that right for the method that it calls? For handlers of which a part needs more
 * rights than the method. Errors: NoPermission; the refusal is logged.
 */
int dispatch_check_right(const struct peer *peer, enum right right, struct error *error);

/* Must the call wait until all devices that exist have their chains? */
bool dispatch_waits_for_devices(const char *message);

/*
 * Answers one message of a client: parses it, finds the method, checks the client's rights, decodes the
 * parameters and calls the handler. Descriptors that the request did not use stay in `fds`. False: the
 * client does not speak Varlink; it got an error and should be disconnected.
 */
bool dispatch_message(struct peer *peer, const char *message, struct fds *fds);
