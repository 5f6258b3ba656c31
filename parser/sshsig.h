// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "parser/ssh-wire.h"

/*
 * A detached signature as 'ssh-keygen -Y sign' makes it: OpenSSH's PROTOCOL.sshsig. All parts are spans of
 * the bytes that it was decoded into.
 */
struct sshsig {
	struct span key; /* the public key in SSH's encoding */
	struct span name_space;
	struct span reserved;
	struct span hash; /* name of the hash function */
	struct span signature;
};

/*
 * Decodes the text, with its lines "-----BEGIN SSH SIGNATURE-----" and "-----END ...", into `buffer`, which
 * has room for base64_decoded_max() bytes of the text. Errors: BadSignature, as a part of a sentence.
 */
int sshsig_decode(const char *text, size_t size, unsigned char *buffer, struct sshsig *ret,
		  struct error *error);

/* The digests of the file that was signed; sshsig_verify() uses the one that the signature names. */
struct file_digests {
	unsigned char sha256[32];
	unsigned char sha512[64];
};

/*
 * Was this signature made with its key, for that namespace, over the file with these digests? Errors:
 * BadSignature, as a part of a sentence that continues "the signature of FILE ".
 */
int sshsig_verify(const struct sshsig *sshsig, const char *name_space,
		  const struct file_digests *digests, struct error *error);
