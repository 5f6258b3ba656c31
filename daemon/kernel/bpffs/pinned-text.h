// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

/*
 * A text in the kernel: the only value of a frozen map. It can be pinned beside the object that it
 * describes, and does not depend on files.
 */

/* Creates a map with the text. Returns its fd, to be closed, or a negative errno. */
int pinned_text_new(const char *text, struct error *error);

/* The text of such a map, to be freed. NULL: the map is not one of these, or there is no memory. */
char *pinned_text_read(int fd);
