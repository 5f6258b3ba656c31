#pragma once

#include "base/error.h"
#include "base/user-group.h"

#include <stdbool.h>
#include <sys/stat.h>

/*
 * Who may open the pins of a component's maps, as far as it was set; zeroed, nothing was. A part that was not
 * set is what an administrator made of it by hand, and root's with mode 600 at first.
 */
struct map_permissions {
	/* As they were written, a name or a number; NULL: not set. */
	char *user;
	char *group;
	id_t uid; /* of `user`, as long as there is one; USER_GROUP_NONE: not looked up yet */
	id_t gid; /* of `group` */
	bool has_mode;
	mode_t mode; /* to read and write, for user, group and others */
};

#define MAP_MODE_DEFAULT 0600

/*
 * Parses an owner (USER, USER:GROUP or :GROUP) and a mode (octal digits); either may be NULL. Pure. Errors:
 * InvalidArgument for invalid text.
 */
int map_permissions_read(const char *owner, const char *mode, struct map_permissions *ret,
			 struct error *error);

/*
 * Finds the numbers of user and group; see base/user-group.h. InvalidArgument: the name is unknown.
 */
int map_permissions_look_up(struct map_permissions *permissions, struct error *error);

/* -ENOMEM */
int map_permissions_copy(const struct map_permissions *permissions, struct map_permissions *ret);

/* Sets what is set in `more`. -ENOMEM */
int map_permissions_merge(struct map_permissions *permissions, const struct map_permissions *more);

/*
 * Sets what was set before, and no longer is, to root: unset parts would keep what they are. -ENOMEM
 */
int map_permissions_withdraw(struct map_permissions *permissions,
			     const struct map_permissions *before);

/* Is any part set? */
bool map_permissions_are_said(const struct map_permissions *permissions);

/* Do they let any user but root open the pins? */
bool map_permissions_let_others(const struct map_permissions *permissions);

/*
 * In words, to be freed: USER:GROUP as they were written, but for what is root's; the same with the numbers
 * behind it; and the mode in octal. NULL: that of root alone, or no memory.
 */
char *map_permissions_format_owner(const struct map_permissions *permissions);
char *map_permissions_describe_owner(const struct map_permissions *permissions);
char *map_permissions_format_mode(const struct map_permissions *permissions);

/* Frees the contents. */
void map_permissions_done(struct map_permissions *permissions);
