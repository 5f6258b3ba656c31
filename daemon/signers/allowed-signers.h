// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/file.h"

#include <stdint.h>

/*
 * The keys whose signatures are trusted, from a file in the format of ssh-keygen(1), ALLOWED SIGNERS. No
 * line is skipped: an option, a type of key or a pattern that is not supported is an error.
 */
struct allowed_signers;

/*
 * The namespace of the signatures of objects (ssh-keygen -n). Signatures for other purposes have other
 * namespaces and do not count.
 */
#define SIGNATURE_NAMESPACE "xdpd-object"

/*
 * Reads the file. Only root or the daemon's user may be able to write it. The caller holds `*ret`. Errors
 * name the file and the line.
 */
int allowed_signers_read(const char *path, struct allowed_signers **ret, struct error *error);

/* Reads the same from text; `path` is used for errors. Makes no system call. */
int allowed_signers_parse(const char *path, const char *text, size_t size,
			  struct allowed_signers **ret, struct error *error);

/* Only for the event loop, because the count is not atomic. NULL is fine. */
struct allowed_signers *allowed_signers_hold(struct allowed_signers *signers);
void allowed_signers_release(struct allowed_signers **signers);

/* Whether a key is trusted at some time. */
struct signer {
	const char *principals; /* as in the file; NULL: the key is not trusted */
	/* Why the key is not trusted: the part of a sentence after "the key SHA256:... ". */
	char *why;
};

/* Frees the contents. */
void signer_done(struct signer *signer);

/*
 * Finds the key, which is in SSH's encoding, and checks it for that time, in seconds since 1970.
 * `ret->principals` stays valid as long as `signers`, which may be NULL: then no key is trusted. -ENOMEM.
 */
int allowed_signers_find(const struct allowed_signers *signers, const struct blob *key, int64_t now,
			 struct signer *ret, struct error *error);

/* Formats the fingerprint like "SHA256:...", as ssh-keygen -l prints it. */
#define KEY_FINGERPRINT_SIZE 52
void key_fingerprint(const struct blob *key, char ret[static KEY_FINGERPRINT_SIZE]);
