// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/transaction/signing.h"

#include "base/cleanup.h"
#include "daemon/control/transaction/bundle.h"
#include "daemon/control/transaction/manager.h"
#include "object/object-signature.h"

#include <stdio.h>
#include <string.h>

/* Iterates over the object and the libraries; NULL after the last. */
static struct object *nth_object(const struct bundle *bundle, size_t number)
{
	if (number == 0)
		return (struct object *)&bundle->object;
	return number <= bundle->n_libraries ? &bundle->libraries[number - 1] : NULL;
}

/* A problem of a signature is kept, for changes that require one. */
static int check(const struct signing_rules *rules, struct object *object, struct error *error)
{
	cleanup(error_done) struct error why = {};

	if (!object->signature.size || object->signer.size ||
	    object_check_signature(object, SIGNATURE_NAMESPACE, &why) == 0)
		return 0;
	if (why.id != ERROR_BAD_SIGNATURE && rules->requirement == SIGNATURES_YES) {
		int result = why.number;

		error_move(error, &why);
		return result;
	}
	blob_done(&object->signature);
	free(object->signature_problem);
	object->signature_problem = steal(why.message);
	return object->signature_problem ? 0 : error_memory(error);
}

int signing_check(const struct transaction *transaction, struct bundle *bundle, struct error *error)
{
	struct object *object;
	int result = 0;

	for (size_t i = 0; result == 0 && (object = nth_object(bundle, i)); i++)
		result = check(&transaction->signing, object, error);
	return result;
}

static int judge(const struct signing_rules *rules, const struct object *object, char **ret_problem,
		 struct error *error)
{
	cleanup(trust_done) struct trust trust = {};
	int result = 0;

	if (object->signature_problem)
		*ret_problem = strdup(object->signature_problem);
	else
		result = signing_rules_judge(rules, object->label,
					     object->signer.size ? &object->signer : NULL, &trust,
					     error);
	if (object->signature_problem)
		return *ret_problem ? 0 : error_memory(error);
	*ret_problem = steal(trust.problem);
	return result;
}

/* Advice for the user. */
static const char *advice(const struct object *object)
{
	if (object->signer.size)
		return "add the key to the file of trusted keys and run 'systemctl reload xdpd', "
		       "or "
		       "have the object signed by somebody who is trusted";
	return "sign it with 'ssh-keygen -Y sign -f KEY -n " SIGNATURE_NAMESPACE
	       " FILE'; xdpctl finds FILE.sig beside FILE";
}

static int warn(struct transaction *transaction, const char *problem, struct error *error)
{
	struct strings *warnings = &transaction->warnings;

	for (size_t i = transaction->n_old_warnings; i < warnings->n_items; i++)
		if (!strcmp(warnings->items[i], problem))
			return 0;
	return strings_add(warnings, problem, strlen(problem)) < 0 ? error_memory(error) : 0;
}

static int require(struct transaction *transaction, const struct object *object,
		   struct error *error)
{
	const struct signing_rules *rules = &transaction->signing;
	cleanup(freep) char *problem = NULL;
	int result = judge(rules, object, &problem, error);

	if (result < 0 || !problem)
		return result;
	if (rules->requirement == SIGNATURES_WARN)
		return warn(transaction, problem, error);
	return error_set(error, ERROR_BAD_SIGNATURE, -EKEYREJECTED,
			 "%s, and require-signature is yes; %s", problem, advice(object));
}

int signing_require(struct transaction *transaction, const struct bundle *bundle,
		    struct error *error)
{
	const struct object *object;
	int result = 0;

	if (transaction->signing.requirement == SIGNATURES_NO)
		return 0;
	for (size_t i = 0; result == 0 && (object = nth_object(bundle, i)); i++)
		result = require(transaction, object, error);
	return result;
}

int signing_check_and_require(struct transaction *transaction, struct bundle *bundle,
			      struct error *error)
{
	return signing_check(transaction, bundle, error)
		       ?: signing_require(transaction, bundle, error);
}

int signing_require_of_adopted(struct transaction *transaction, const char *ifname,
			       struct error *error)
{
	cleanup(freep) char *problem = NULL;

	if (transaction->signing.requirement == SIGNATURES_NO)
		return 0;
	if (asprintf(&problem, "the XDP programs of %s have no objects, so they cannot be signed",
		     ifname) < 0) {
		problem = NULL;
		return error_memory(error);
	}
	if (transaction->signing.requirement == SIGNATURES_WARN)
		return warn(transaction, problem, error);
	return error_set(error, ERROR_BAD_SIGNATURE, -EKEYREJECTED,
			 "%s, and require-signature is yes; attach signed objects instead, or set "
			 "require-signature=warn to adopt them",
			 problem);
}

static char *find_problem(const struct signing_rules *rules, struct bundle *bundle)
{
	struct object *object;
	char *problem = NULL;

	for (size_t i = 0; !problem && (object = nth_object(bundle, i)); i++) {
		cleanup(error_done) struct error error = {};

		if (check(rules, object, &error) < 0 || judge(rules, object, &problem, &error) < 0)
			problem = strdup(error.message ?: "out of memory");
	}
	return problem;
}

char *signing_find_problem(const struct manager *manager, const struct signing_rules *rules,
			   const struct component_spec *spec)
{
	cleanup(bundle_done) struct bundle bundle = {};
	cleanup(component_trust_done) struct component_trust trust = {};
	const struct signing signing = { .rules = *rules };

	if (rules->requirement == SIGNATURES_NO)
		return NULL;
	if (!*spec->sha256)
		signing_judge(&signing, spec, &trust, NULL);
	else if (bundle_fetch(manager->store, spec, &bundle, NULL) == 0)
		return find_problem(rules, &bundle);
	return steal(trust.problem);
}

void signing_commit(struct transaction *transaction)
{
	struct manager *manager = transaction->manager;
	struct signed_objects *objects = &manager->signing.objects;
	const struct object *object;

	/* Signatures that do not fit in memory count as missing until the next start. */
	for (size_t i = 0; i < transaction->n_bundles; i++)
		for (size_t j = 0; (object = nth_object(&transaction->bundles[i], j)); j++)
			if (registry_needs_object(&manager->registry, object->sha256))
				signed_objects_add(objects, object);
	signed_objects_clean(objects, &manager->registry);
}
