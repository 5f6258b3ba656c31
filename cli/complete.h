#pragma once

#include "cli/verb.h"

#include <stdio.h>

/*
 * What can stand where the last of the words is, of a command line without its first, for the shells'
 * completions (completions/): a line each, with a tab and what it is behind it where there is
 * something to say. ":files" alone means the names of files. It knows what the tables of verbs and
 * options know, and asks the daemon for devices and components; without one there are none.
 */
void complete(size_t n_words, char *const *words, FILE *file);
