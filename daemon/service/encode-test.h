#pragma once

#include <jansson.h>

/* What Test replies, from a struct packet_tests; a new reference, NULL without memory. */
json_t *packet_tests_encode(const void *result);
