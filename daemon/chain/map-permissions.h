// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/user-group.h"

#include <stdbool.h>
#include <sys/stat.h>

/*
 * Who may open the pins of a component's maps, as far as that was set; a zeroed struct sets nothing. A part
 * that is not set belongs to root, with mode 600, until an administrator changes the pin by hand.
 */
struct map_permissions {
	/* A name or a number, as it was written; NULL: not set. */
	char *user;
	char *group;
	id_t uid; /* of `user`, if it is set; USER_GROUP_NONE: not looked up yet */
	id_t gid; /* of `group` */
	bool has_mode;
	mode_t mode; /* the bits to read and write, for user, group and others */
};

#define MAP_MODE_DEFAULT 0600

/*
 * Parses an owner (USER, USER:GROUP or :GROUP) and a mode (octal digits); either may be NULL. Makes no
 * system call. Errors: InvalidArgument for invalid text.
 */
int map_permissions_read(const char *owner, const char *mode, struct map_permissions *ret,
			 struct error *error);

/*
 * Finds the numbers of user and group; see base/user-group.h. Errors: InvalidArgument for an unknown name.
 */
int map_permissions_look_up(struct map_permissions *permissions, struct error *error);

/* -ENOMEM */
int map_permissions_copy(const struct map_permissions *permissions, struct map_permissions *ret);

/* Overrides the parts that `more` sets. -ENOMEM */
int map_permissions_merge(struct map_permissions *permissions, const struct map_permissions *more);

/*
 * Sets parts to root that were set before and no longer are: without that the pins would keep them. -ENOMEM
 */
int map_permissions_withdraw(struct map_permissions *permissions,
			     const struct map_permissions *before);

/* Is any part set? */
bool map_permissions_are_said(const struct map_permissions *permissions);

/* May any user other than root open the pins? */
bool map_permissions_let_others(const struct map_permissions *permissions);

/*
 * Text for owner and mode, to be freed: USER:GROUP as they were written, without parts that are root's; the
 * same with their numbers; and the mode in octal. NULL: only root may open the pins, or no memory.
 */
char *map_permissions_format_owner(const struct map_permissions *permissions);
char *map_permissions_describe_owner(const struct map_permissions *permissions);
char *map_permissions_format_mode(const struct map_permissions *permissions);

/* Frees the contents. */
void map_permissions_done(struct map_permissions *permissions);
