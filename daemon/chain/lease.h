// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The number of a lease, which components have that end with their client's connection. Leases without a key are
 * numbered from 1. The number of a lease with a key is the beginning of the key's hash, and is kept in records, so
 * that the client can claim the lease from the next daemon; the key itself is the client's secret, and is not kept.
 */
#define LEASE_NONE  0
#define LEASE_ENDED UINT64_MAX /* of a connection to an earlier daemon */

#define LEASE_KEY_MIN 16  /* characters */
#define LEASE_KEY_MAX 256 /* characters */

/* The number of the lease with that key. */
uint64_t lease_number(const char *key);

/* Has the lease a key? */
bool lease_has_key(uint64_t lease);

/* The text of a number in records, and the other way; LEASE_ENDED: the text is not a number of a lease with a key. */
#define LEASE_TEXT_SIZE 17
const char *lease_format(uint64_t lease, char text[static LEASE_TEXT_SIZE]);
uint64_t lease_parse(const char *text);
