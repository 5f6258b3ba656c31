#pragma once

#include "base/error.h"
#include "base/file.h"

#include <stdint.h>

/*
 * The keys whose signatures are trusted, from a file in the format of ssh-keygen(1), ALLOWED SIGNERS. Nothing in it
 * is passed over: a line with an option, a type of key or a pattern that is not supported is an error.
 */
struct allowed_signers;

/* What a signature of an object must be made for (ssh-keygen -n), so that no other signature counts. */
#define SIGNATURE_NAMESPACE "xdpd-object"

/*
 * Reads the file, which only root or the daemon's user may be able to write. `*ret` is held for the caller. Errors
 * name the file and the line.
 */
int allowed_signers_read(const char *path, struct allowed_signers **ret, struct error *error);

/* The same from text; `path` is for errors. Pure. */
int allowed_signers_parse(const char *path, const char *text, size_t size,
			  struct allowed_signers **ret, struct error *error);

/* For the loop alone: the count is not atomic. NULL is fine. */
struct allowed_signers *allowed_signers_hold(struct allowed_signers *signers);
void allowed_signers_release(struct allowed_signers **signers);

/* How a key stands at some time. */
struct signer {
	const char *principals; /* as in the file; NULL: the key is not trusted */
	/* Why not: a part of a sentence after "the key SHA256:... ". */
	char *why;
};

/* Frees the contents. */
void signer_done(struct signer *signer);

/*
 * Whose key is that, in SSH's encoding, at that time (seconds since 1970)? `ret->principals` lives as long as
 * `signers`, which may be NULL: then no key is trusted. -ENOMEM.
 */
int allowed_signers_find(const struct allowed_signers *signers, const struct blob *key, int64_t now,
			 struct signer *ret, struct error *error);

/* "SHA256:..." as ssh-keygen -l prints it. */
#define KEY_FINGERPRINT_SIZE 52
void key_fingerprint(const struct blob *key, char ret[static KEY_FINGERPRINT_SIZE]);
