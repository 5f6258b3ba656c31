// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "parser/ssh-wire.h"

/*
 * Did that key make the signature of the message? Both are in SSH's encoding: Ed25519 (RFC 8709), ECDSA (RFC
 * 5656) and RSA with SHA-256 or SHA-512 (RFC 8332). Errors: BadSignature, as a part of a sentence.
 */
int ssh_key_verify(const struct span *key, const struct span *signature, const struct span *message,
		   struct error *error);
