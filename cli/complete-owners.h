// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

/*
 * Visits every USER of this machine or, if there is a colon in `begun`, every [USER]:GROUP that begins with
 * it, with a description.
 */
typedef void (*owner_visit)(const void *userdata, const char *owner, const char *about);
void complete_owners_each(const char *begun, owner_visit visit, const void *userdata);
