#pragma once

#include "daemon/signers/allowed-signers.h"

/* What is required of the objects of a change. */
enum signature_requirement {
	SIGNATURES_NO,	 /* nothing; signatures that are valid are kept */
	SIGNATURES_WARN, /* the same, and the answer and the log name what is not trusted */
	SIGNATURES_YES,	 /* a change with an object that is not trusted is refused */
	SIGNATURE_REQUIREMENT_COUNT
};

/* "no", "warn", "yes"; the other way gives SIGNATURE_REQUIREMENT_COUNT for another word. */
const char *signature_requirement_name(enum signature_requirement requirement);
enum signature_requirement signature_requirement_from_name(const char *name);

struct signing_rules {
	enum signature_requirement requirement;
	struct allowed_signers *signers; /* held; NULL: no key is trusted */
};

/* For the loop alone, as allowed_signers_hold(). */
struct signing_rules signing_rules_copy(const struct signing_rules *rules);

/* Frees the contents. */
void signing_rules_done(struct signing_rules *rules);

/* Whether an object is trusted. */
struct trust {
	const char *
		signer; /* its principals, which live as long as the rules; NULL: it is not trusted */
	char *problem; /* why not, one sentence that names the object */
};

/* Frees the contents. */
void trust_done(struct trust *trust);

/*
 * The trust in an object that is called `label` in errors and signed by that key; NULL: it is not signed. -ENOMEM.
 */
int signing_rules_judge(const struct signing_rules *rules, const char *label,
			const struct blob *key, struct trust *ret, struct error *error);
