// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdint.h>

/*
 * What xdpd-signature, which checks the signature of a file, and the processes that start it agree on.
 *
 *     xdpd-signature SIGNATURE_FORMAT NAMESPACE
 *
 * It never sees the file itself, but its digests, which the process that starts it has computed: so the bytes of an
 * object cannot make it say that something is signed.
 */
#define SIGNATURE_PROGRAM "xdpd-signature"
#define SIGNATURE_FORMAT  "1" /* of all of this */

/* A signature has a few hundred bytes; with an RSA key of 16384 bits it has 6 KiB. */
#define SIGNATURE_SIZE_MAX (16 << 10)
#define SSH_KEY_SIZE_MAX   4096 /* bytes of a public key in SSH's encoding */

/* The descriptors of xdpd-signature; no others are open. */
enum signature_fd {
	SIGNATURE_ANSWER = 1, /* a pipe, for one struct signature_answer */
	SIGNATURE_FILE = 3,   /* struct signature_question, followed by the text of the signature */
};

struct signature_question {
	unsigned char sha256[32]; /* of the file, like the next one */
	unsigned char sha512[64];
};

enum signature_answer_kind {
	SIGNATURE_VALID,
	SIGNATURE_INVALID,
	SIGNATURE_FAILED, /* for a reason outside of the signature */
	SIGNATURE_ANSWER_COUNT
};

struct signature_answer {
	uint32_t kind;
	uint32_t key_size; /* of a valid signature */
	unsigned char key[SSH_KEY_SIZE_MAX];
	char message[512]; /* otherwise: a part of a sentence */
};

#define SIGNATURE_SECONDS_MAX	  10 /* from start to end */
#define SIGNATURE_CPU_SECONDS_MAX 2
#define SIGNATURE_MEMORY_MAX	  (64 << 20) /* bytes of address space */
