// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The program that 'xdpctl test' runs: the only verb that reads captures, with libpcap. */
#include "base/cleanup.h"
#include "cli/chains-file.h"
#include "cli/command.h"
#include "cli/show.h"
#include "cli/test/capture.h"
#include "cli/test/results.h"
#include "cli/verbs.h"

static enum exit_status check(const struct invocation *invocation,
			      const struct test_request *request, const char *chains)
{
	bool has_devices = request->devices.n_items || request->netns;

	if (!chains && !request->devices.n_items)
		return usage(invocation->verb,
			     "test needs --dev, or a chain file before the capture");
	if (chains && has_devices)
		return usage(invocation->verb,
			     "test takes either --dev and --netns, or a chain file");
	if (request->diff && !chains)
		return usage(invocation->verb, "test --diff needs a chain file to compare with");
	return EXIT_DONE;
}

static bool wants_comparison(const struct invocation *invocation)
{
	return option_given(invocation, "diff");
}

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct test_request *request = userdata;
	const char *last = invocation->operands[1];
	const char *chains = last ? invocation->operands[0] : NULL;
	enum exit_status status;

	request->diff = wants_comparison(invocation);
	status = check(invocation, request, chains);
	if (status == EXIT_DONE)
		status = capture_read(last ?: invocation->operands[0], &request->packets);
	if (status == EXIT_DONE && chains)
		status = chains_file_read(chains, &request->planned);
	return status;
}

static void show_all_as_json(const json_t *parameters, json_t *differences)
{
	cleanup(json_decrefp) json_t *all = json_copy((json_t *)parameters);

	if (differences)
		json_object_set(all, "differences", differences);
	show_json(all);
}

static enum exit_status answer(const struct invocation *invocation, const json_t *parameters)
{
	bool diff = wants_comparison(invocation);
	cleanup(json_decrefp) json_t *differences = diff ? test_results_compare(parameters) : NULL;

	if (invocation->json)
		show_all_as_json(parameters, differences);
	else if (diff)
		test_results_show_differences(parameters);
	else
		test_results_show(parameters);
	return json_array_size(differences) ? EXIT_DIFFERENT : EXIT_DONE;
}

/* As in diff(1), exit status 1 means that there is a difference. */
static enum exit_status refused(const struct invocation *invocation)
{
	return wants_comparison(invocation) ? EXIT_USAGE : EXIT_REFUSED;
}

int main(int argc, char **argv)
{
	struct verb test = verb_test;

	test.prepare = prepare;
	test.answer = answer;
	test.refused = refused;
	return command(argc, argv, &test);
}
