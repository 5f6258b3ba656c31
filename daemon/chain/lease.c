// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/chain/lease.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WITH_KEY (UINT64_C(1) << 63)

uint64_t lease_number(const char *key)
{
	const struct blob blob = { .bytes = (void *)key, .size = strlen(key) };
	char hash[SHA256_TEXT_SIZE];
	uint64_t number;

	blob_sha256(&blob, hash);
	hash[LEASE_TEXT_SIZE - 1] = '\0';
	number = strtoull(hash, NULL, 16) | WITH_KEY;
	return number == LEASE_ENDED ? WITH_KEY : number;
}

bool lease_has_key(uint64_t lease)
{
	return lease & WITH_KEY && lease != LEASE_ENDED;
}

const char *lease_format(uint64_t lease, char text[static LEASE_TEXT_SIZE])
{
	snprintf(text, LEASE_TEXT_SIZE, "%016llx", (unsigned long long)lease);
	return text;
}

uint64_t lease_parse(const char *text)
{
	uint64_t lease;

	if (strlen(text) != LEASE_TEXT_SIZE - 1 ||
	    strspn(text, "0123456789abcdef") != LEASE_TEXT_SIZE - 1)
		return LEASE_ENDED;
	lease = strtoull(text, NULL, 16);
	return lease_has_key(lease) ? lease : LEASE_ENDED;
}
