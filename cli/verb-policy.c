// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/open.h"
#include "cli/show.h"
#include "cli/signatures.h"
#include "cli/verb.h"

#include <stdio.h>

#define OPTION_PARK                                                                             \
	{                                                                                       \
		"park", NULL, "park", "park components that lose their place (default: refuse)" \
	}

static const struct option_row set_options[] = {
	OPTION_DEV,
	OPTION_NETNS,
	{ "prog", "SYMBOL", "program", "program to use as the policy, if the object has several" },
	OPTION_LINK,
	OPTION_SIGNATURE,
	OPTION_PARK,
	OPTION_EXPECT_GENERATION,
	OPTION_CONFIRM,
	{},
};

static const struct option_row show_options[] = {
	{ "dev", "NAME", "devices", "only this device (repeatable)" },
	OPTION_NETNS,
	{},
};

static const struct option_row clear_options[] = {
	OPTION_DEV, OPTION_NETNS, OPTION_PARK, OPTION_EXPECT_GENERATION, OPTION_CONFIRM, {},
};

static enum exit_status prepare_set(const struct invocation *invocation, void *userdata)
{
	struct set_policy_request *request = userdata;
	enum exit_status status;

	if (!request->devices.n_items)
		return usage(invocation->verb, "policy set needs --dev");
	status = open_object(invocation->operands[0], &request->object);
	return status != EXIT_DONE ? status
				   : signatures_open(invocation, invocation->operands[0],
						     &request->libraries, &request->signatures);
}

static enum exit_status prepare_clear(const struct invocation *invocation, void *userdata)
{
	const struct clear_policy_request *request = userdata;

	return request->devices.n_items ? EXIT_DONE
					: usage(invocation->verb, "policy clear needs --dev");
}

static void show_set(const json_t *parameters)
{
	show_results(parameters, "set as policy");
}

static void show_clear(const json_t *parameters)
{
	show_results(parameters, "removed as policy");
}

static void print_offers(const json_t *offers)
{
	const json_t *offer, *user;
	size_t i, j;

	json_array_foreach(offers, i, offer)
	{
		const json_t *users = json_object_get(offer, "components");

		printf("  offers %s: %s", reply_text(offer, "signature"),
		       json_array_size(users) ? "used by" : "not used");
		json_array_foreach(users, j, user)
			printf("%s %s", j ? "," : "", json_string_value(user));
		putchar('\n');
	}
}

static void print_policy(const json_t *policy)
{
	const json_t *slots = json_object_get(policy, "slots");
	const json_t *slot;
	size_t i;

	printf("%s", reply_text(policy, "ifname"));
	if (json_object_get(policy, "netns"))
		printf(" in %s", reply_text(policy, "netns"));
	printf(": %s\n", reply_text(policy, "prog_name"));
	if (json_object_get(policy, "failure"))
		printf("  cannot be loaded: %s\n", reply_text(policy, "failure"));
	if (json_object_get(policy, "untrusted"))
		printf("  not trusted: %s\n", reply_text(policy, "untrusted"));
	if (json_object_get(policy, "signed_by"))
		printf("  signed by %s\n", reply_text(policy, "signed_by"));
	json_array_foreach(slots, i, slot)
	{
		const char *component = reply_text(slot, "component");

		printf("  %s: %s\n", reply_text(slot, "signature"),
		       *component ? component : "empty");
	}
	print_offers(json_object_get(policy, "offers"));
}

static void show(const json_t *parameters)
{
	const json_t *policies = json_object_get(parameters, "policies");
	const json_t *policy;
	size_t i;

	json_array_foreach(policies, i, policy) print_policy(policy);
	if (!json_array_size(policies))
		puts("no device has a policy; 'xdpctl policy set' sets one");
}

const struct verb verb_policy_set = {
	.name = "policy set",
	.operands = { "OBJECT" },
	.summary = "Give devices a rootlet of your own, with slots for components.",
	.method = METHOD_SET_POLICY,
	.options = set_options,
	.prepare = prepare_set,
	.show = show_set,
};

const struct verb verb_policy_show = {
	.name = "policy show",
	.summary = "Show the slots of policies and the components in them.",
	.method = METHOD_POLICY,
	.options = show_options,
	.show = show,
};

const struct verb verb_policy_clear = {
	.name = "policy clear",
	.summary = "Return devices to xdpd's own rootlet.",
	.method = METHOD_CLEAR_POLICY,
	.options = clear_options,
	.prepare = prepare_clear,
	.show = show_clear,
};
