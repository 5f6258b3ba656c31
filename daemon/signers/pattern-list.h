#pragma once

#include <stdbool.h>

/*
 * Does the word match the list, as in ssh_config(5), PATTERNS: patterns with * and ?, separated by commas; one with
 * an exclamation mark in front excludes what it matches?
 */
bool pattern_list_match(const char *list, const char *word);
