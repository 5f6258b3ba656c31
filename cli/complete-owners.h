#pragma once

/*
 * Shows every USER of this machine or, if there is a colon in what was `begun`, every [USER]:GROUP that
 * begins like that, with what is known of them.
 */
typedef void (*owner_visit)(const void *userdata, const char *owner, const char *about);
void complete_owners_each(const char *begun, owner_visit visit, const void *userdata);
