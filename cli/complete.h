// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

#include <stdio.h>

/*
 * Prints what can complete the last of the words of a command line (without its first word), for the
 * completions of shells (completions/): one line each, followed by a tab and a description if there is one.
 * ":files" alone means file names. Verbs and options come from their tables, devices and components from the
 * daemon; if it does not run, there are none.
 */
void complete(size_t n_words, char *const *words, FILE *file);
