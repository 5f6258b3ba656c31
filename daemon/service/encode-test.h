// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <jansson.h>

/*
 * Encodes a struct packet_tests as the reply of Test. Returns a new reference, or NULL without memory.
 */
json_t *packet_tests_encode(const void *result);
