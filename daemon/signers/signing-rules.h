// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/signers/allowed-signers.h"

/* Which objects of a change must have trusted signatures. */
enum signature_requirement {
	SIGNATURES_NO, /* none; valid signatures are recorded */
	/* None; in addition, the answer and the log name objects that are not trusted. */
	SIGNATURES_WARN,
	SIGNATURES_YES, /* all; a change with an object that is not trusted is refused */
	SIGNATURE_REQUIREMENT_COUNT
};

/*
 * "no", "warn" or "yes". signature_requirement_from_name() returns SIGNATURE_REQUIREMENT_COUNT for an
 * unknown name.
 */
const char *signature_requirement_name(enum signature_requirement requirement);
enum signature_requirement signature_requirement_from_name(const char *name);

struct signing_rules {
	enum signature_requirement requirement;
	struct allowed_signers *signers; /* held; NULL: no key is trusted */
};

/* Only for the event loop, like allowed_signers_hold(). */
struct signing_rules signing_rules_copy(const struct signing_rules *rules);

/* Frees the contents. */
void signing_rules_done(struct signing_rules *rules);

/* Whether an object is trusted. */
struct trust {
	/* Its principals, valid as long as the rules; NULL: it is not trusted. */
	const char *signer;
	char *problem; /* why not, one sentence that names the object */
};

/* Frees the contents. */
void trust_done(struct trust *trust);

/*
 * Decides whether an object is trusted that has the name `label` in errors and is signed by that key; NULL:
 * it is not signed. -ENOMEM.
 */
int signing_rules_judge(const struct signing_rules *rules, const char *label,
			const struct blob *key, struct trust *ret, struct error *error);
