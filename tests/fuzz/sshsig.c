// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Signatures that a client could send with an object, as xdpd-signature reads them. */
#include "parser/sshsig.h"
#include "base/base64.h"
#include "sandbox/signature.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct file_digests digests;
	struct error error = {};
	struct sshsig sshsig;
	unsigned char *buffer;

	if (size > SIGNATURE_SIZE_MAX)
		return 0;
	buffer = malloc(base64_decoded_max(size) + 1);
	/* No input has these digests, which are all zero, so no signature is valid. */
	if (sshsig_decode((const char *)bytes, size, buffer, &sshsig, &error) == 0 &&
	    sshsig_verify(&sshsig, "xdpd-object", &digests, &error) == 0)
		abort();
	if (!error.message)
		abort();
	error_done(&error);
	free(buffer);
	return 0;
}
