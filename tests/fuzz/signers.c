// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Files of trusted keys, as an operator could write them. */
#include "daemon/signers/allowed-signers.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct blob key = { .bytes = (void *)"\0\0\0\7ssh-rsa", .size = 11 };
	struct allowed_signers *signers = NULL;
	struct error error = {};
	struct signer signer = {};

	if (allowed_signers_parse("keys", (const char *)bytes, size, &signers, &error) < 0) {
		if (!error.message)
			abort();
	} else if (allowed_signers_find(signers, &key, 1700000000, &signer, NULL) < 0 ||
		   !signer.principals == !signer.why) {
		abort();
	}
	signer_done(&signer);
	allowed_signers_release(&signers);
	error_done(&error);
	return 0;
}
