// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/service/peer.h"

/* The interface that every Varlink service implements, with information about the service. */
#define VARLINK_SERVICE "org.varlink.service"

/* Answers the method of that name; false: the interface has no such method. */
bool varlink_service_call(struct peer *peer, const char *name, const json_t *parameters);
