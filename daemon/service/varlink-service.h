#pragma once

#include "daemon/service/peer.h"

/* What every Varlink service answers, about itself. */
#define VARLINK_SERVICE "org.varlink.service"

/* Answers the method of that name; false: this is not one of these methods. */
bool varlink_service_call(struct peer *peer, const char *name, const json_t *parameters);
