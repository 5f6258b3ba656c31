// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/signers/signing-rules.h"

#include "base/cleanup.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const names[] = {
	[SIGNATURES_NO] = "no",
	[SIGNATURES_WARN] = "warn",
	[SIGNATURES_YES] = "yes",
};
static_assert(array_size(names) == SIGNATURE_REQUIREMENT_COUNT, "every requirement has a name");

const char *signature_requirement_name(enum signature_requirement requirement)
{
	return names[requirement];
}

enum signature_requirement signature_requirement_from_name(const char *name)
{
	enum signature_requirement requirement = 0;

	while (requirement < SIGNATURE_REQUIREMENT_COUNT && strcmp(names[requirement], name) != 0)
		requirement++;
	return requirement;
}

struct signing_rules signing_rules_copy(const struct signing_rules *rules)
{
	return (struct signing_rules){ rules->requirement, allowed_signers_hold(rules->signers) };
}

void signing_rules_done(struct signing_rules *rules)
{
	allowed_signers_release(&rules->signers);
}

void trust_done(struct trust *trust)
{
	free(steal(trust->problem));
}

int signing_rules_judge(const struct signing_rules *rules, const char *label,
			const struct blob *key, struct trust *ret, struct error *error)
{
	cleanup(signer_done) struct signer signer = {};
	char fingerprint[KEY_FINGERPRINT_SIZE];
	int result = 0;

	*ret = (struct trust){};
	if (key)
		result = allowed_signers_find(rules->signers, key, time(NULL), &signer, error);
	if (result < 0)
		return result;
	ret->signer = signer.principals;
	if (ret->signer)
		return 0;
	if (key)
		key_fingerprint(key, fingerprint);
	if ((key ? asprintf(&ret->problem, "%s is signed with the key %s, which %s", label,
			    fingerprint, signer.why)
		 : asprintf(&ret->problem, "%s is not signed", label)) >= 0)
		return 0;
	ret->problem = NULL;
	return error_memory(error);
}
