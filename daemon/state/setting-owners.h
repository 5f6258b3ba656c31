// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/string-list.h"

#include <stdbool.h>

/*
 * The owners of the settings of a device: a list of texts SETTING=OWNER, such as "match=web". A setting can have several, which
 * want the same value.
 */

/* Does that owner own the setting? */
bool setting_owners_have(const struct strings *owners, const char *setting, const char *owner);

/* An owner of the setting other than `owner`, which may be NULL; NULL: it has none. The string is part of the list. */
const char *setting_owners_find_other(const struct strings *owners, const char *setting,
				      const char *owner);

/* Does it own any setting? */
bool setting_owners_have_any(const struct strings *owners, const char *owner);

/* -ENOMEM */
int setting_owners_add(struct strings *owners, const char *setting, const char *owner,
		       struct error *error);

/* False: it did not own the setting. */
bool setting_owners_remove(struct strings *owners, const char *setting, const char *owner);

/* "match=web,mode=web", to be freed; NULL: no memory. */
char *setting_owners_format(const struct strings *owners);

/*
 * Is each text SETTING=OWNER, with the name of a setting, and, unless `owner` is NULL, this owner? Errors: InvalidArgument.
 */
int setting_owners_check(const struct strings *owners, const char *owner, struct error *error);
