// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/encode-trust.h"

#include "base/cleanup.h"
#include "base/json.h"

json_t *trust_encode(const struct signing *signing, const struct component_spec *spec)
{
	cleanup(component_trust_done) struct component_trust trust = {};

	if (signing_judge(signing, spec, &trust, NULL) < 0)
		return NULL;
	if (signing->rules.requirement == SIGNATURES_NO)
		free(steal(trust.problem));
	return json_pack("{s:o*, s:o*}", "signed_by",
			 trust.signers ? text_encode(trust.signers) : NULL, "untrusted",
			 trust.problem ? text_encode(trust.problem) : NULL);
}
