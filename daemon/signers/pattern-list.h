// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>

/*
 * Does the word match the list, as described in ssh_config(5), PATTERNS? Patterns may have * and ?, and are
 * separated by commas; a pattern after an exclamation mark excludes the words that it matches.
 */
bool pattern_list_match(const char *list, const char *word);
