#pragma once

#include "daemon/control/transaction/manager.h"
#include "daemon/events/events.h"

/*
 * At the start: checks the signatures of all objects in the store again, before anything is loaded from it. `events`
 * gets a sentence about each one that is not valid, which then counts as missing.
 */
int signatures_load(struct manager *manager, struct events *events, struct error *error);

/*
 * Reports each component that is not trusted by the rules now. What runs stays, and what ran before a reboot runs
 * again, so that no filter is lost: that is for the operator to know and to decide.
 */
void signatures_report(const struct manager *manager, struct events *events);
