#pragma once

#include <stddef.h>

/* Lines that verifier_digest() keeps. */
#define VERIFIER_DIGEST_LINES 12

/*
 * The lines of a verifier log that decide, in order: the last ones before the closing statistics
 * ("processed N insns ..."), where the verifier says why it refused, with a few instructions
 * before it. Returns a string to free(), NULL if there are none or no memory. Pure.
 */
char *verifier_digest(const char *log);
