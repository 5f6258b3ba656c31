// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* From a command line to a request, or to a sentence about what is wrong with it. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "tests/unit/test.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define WORDS_MAX 32

/* One parsed command line. */
struct parsed {
	enum exit_status status;
	const struct verb *verb;
	struct invocation invocation;
	void *request;
	bool ended;
	char *said; /* output on stderr */
	char words[512];
	char *argv[WORDS_MAX + 1]; /* a command is a part of it */
};

/* `line` is split at spaces. */
static void parse(const char *line, struct parsed *ret)
{
	char *rest = ret->words;
	FILE *real_stderr = stderr;
	size_t size;
	int argc = 0;

	*ret = (struct parsed){ .invocation.socket = INTERFACE_SOCKET };
	snprintf(ret->words, sizeof(ret->words), "xdpctl %s", line);
	for (char *word; (word = strsep(&rest, " "));)
		if (*word && argc < WORDS_MAX)
			ret->argv[argc++] = word;
	stderr = open_memstream(&ret->said, &size);
	optind = 0; /* getopt(3) starts again */
	ret->status = options_find_verb(argc, ret->argv, &ret->verb);
	if (ret->status == EXIT_DONE)
		ret->status = options_parse(argc, ret->argv, ret->verb, &ret->invocation,
					    &ret->request, &ret->ended);
	if (ret->status == EXIT_DONE && !ret->ended && ret->verb->prepare)
		ret->status = ret->verb->prepare(&ret->invocation, ret->request);
	fclose(stderr);
	stderr = real_stderr;
}

static void parsed_done(struct parsed *parsed)
{
	if (parsed->verb && parsed->request)
		request_done(verb_method(parsed->verb), parsed->request);
	free(parsed->request);
	free(parsed->invocation.joined);
	free(parsed->said);
}

/* The command line ends with this status, and prints exactly this. */
static void says(const char *line, enum exit_status status, const char *sentence)
{
	cleanup(parsed_done) struct parsed parsed;

	parse(line, &parsed);
	assert_int_equal(parsed.status, status);
	assert_string_equal(parsed.said, sentence);
}

static void every_option_is_a_field_of_its_method(void **state)
{
	(void)state;
	for (const struct verb *const *verb = verbs; *verb; verb++) {
		for (const struct option_row *row = (*verb)->options; row->name; row++) {
			const struct field *field;

			if (!row->field) /* an option of xdpctl itself */
				continue;
			field = field_find(verb_method(*verb)->in, row->field);
			assert_non_null(field);
			assert_int_equal(!row->argument, field->kind == FIELD_BOOLEAN);
			assert_int_not_equal(field->kind, FIELD_FD);
		}
	}
}

static void attach_takes_all_of_its_options(void **state)
{
	cleanup(parsed_done) struct parsed parsed;
	const struct attach_request *request;

	(void)state;
	parse("attach /dev/null --dev eth0 --prio 10 --proceed-on pass,tx --name fw --prog main "
	      "--before lb --expect-generation 7 --mode skb --dev eth1",
	      &parsed);
	request = parsed.request;
	assert_int_equal(parsed.status, EXIT_DONE);
	assert_ptr_equal(parsed.verb, &verb_attach);
	assert_int_equal(request->devices.n_items, 2);
	assert_string_equal(request->devices.items[0], "eth0");
	assert_string_equal(request->devices.items[1], "eth1");
	assert_true(request->object >= 0);
	assert_true(request->component.priority.given && request->component.priority.value == 10);
	assert_true(request->component.proceed_on.given);
	assert_int_equal(request->component.proceed_on.value,
			 VERDICT_BIT(VERDICT_PASS) | VERDICT_BIT(VERDICT_TX));
	assert_string_equal(request->component.name, "fw");
	assert_string_equal(request->component.program, "main");
	assert_string_equal(request->before, "lb");
	assert_null(request->after);
	assert_true(request->expect_generation.given && request->expect_generation.value == 7);
	assert_int_equal(request->mode, 2);
	assert_false(parsed.invocation.json);
	assert_string_equal(parsed.said, "");
}

static void words_after_two_dashes_are_the_command_of_attach(void **state)
{
	cleanup(parsed_done) struct parsed parsed;

	(void)state;
	parse("attach --while-connected /dev/null --dev eth0 -- tcpdump --dev eth1 -- --json",
	      &parsed);
	assert_string_equal(parsed.said, "");
	assert_int_equal(parsed.status, EXIT_DONE);
	assert_int_equal(((struct attach_request *)parsed.request)->devices.n_items, 1);
	assert_false(parsed.invocation.json);
	assert_string_equal(parsed.invocation.command[0], "tcpdump");
	assert_string_equal(parsed.invocation.command[3], "--");
	assert_string_equal(parsed.invocation.command[4], "--json");
	assert_null(parsed.invocation.command[5]);
	says("attach /dev/null --dev eth0 --while-connected --", EXIT_USAGE,
	     "xdpctl: missing command after '--'; see 'xdpctl attach --help'\n");
	says("attach /dev/null --dev eth0 -- sleep 1", EXIT_USAGE,
	     "xdpctl: a command after '--' needs --while-connected; see 'xdpctl attach --help'\n");
	says("attach --while-connected --dev eth0 -- sleep 1", EXIT_USAGE,
	     "xdpctl: attach needs OBJECT; see 'xdpctl attach --help'\n");
}

static void words_after_two_dashes_are_operands_of_other_verbs(void **state)
{
	cleanup(parsed_done) struct parsed parsed;

	(void)state;
	parse("detach --dev=eth0 -- --all", &parsed);
	assert_string_equal(parsed.said, "");
	assert_int_equal(parsed.status, EXIT_DONE);
	assert_string_equal(parsed.invocation.operands[0], "--all");
	assert_false(((struct detach_request *)parsed.request)->all);
	assert_null(parsed.invocation.command);
}

static void options_come_before_or_after_the_operand(void **state)
{
	static const char *const lines[] = {
		"--json attach --dev eth0 --prio=3 /dev/null --socket /s",
		"--socket /s attach /dev/null --dev eth0 --json --prio 3",
		"--socket=/s --json attach --prio 3 --dev=eth0 /dev/null",
	};

	(void)state;
	for (size_t i = 0; i < array_size(lines); i++) {
		cleanup(parsed_done) struct parsed parsed;
		const struct attach_request *request;

		parse(lines[i], &parsed);
		request = parsed.request;
		assert_int_equal(parsed.status, EXIT_DONE);
		assert_string_equal(parsed.invocation.socket, "/s");
		assert_string_equal(parsed.invocation.operands[0], "/dev/null");
		assert_true(parsed.invocation.json);
		assert_int_equal(request->component.priority.value, 3);
	}
}

static void an_option_that_is_missing_is_not_given(void **state)
{
	cleanup(parsed_done) struct parsed parsed;
	const struct attach_request *request;

	(void)state;
	parse("attach /dev/null --dev eth0", &parsed);
	request = parsed.request;
	assert_int_equal(parsed.status, EXIT_DONE);
	assert_false(request->component.priority.given || request->component.proceed_on.given ||
		     request->expect_generation.given);
	assert_int_equal(request->mode, 0);
	assert_string_equal(parsed.invocation.socket, INTERFACE_SOCKET);
}

static void a_verb_may_have_two_words(void **state)
{
	cleanup(parsed_done) struct parsed parsed;
	const struct set_policy_request *request;

	(void)state;
	parse("--json policy set --dev eth0 /dev/null --park", &parsed);
	request = parsed.request;
	assert_int_equal(parsed.status, EXIT_DONE);
	assert_ptr_equal(parsed.verb, &verb_policy_set);
	assert_string_equal(parsed.invocation.operands[0], "/dev/null");
	assert_true(request->park && request->object >= 0);
}

static void short_options_and_other_words_are_those_of_ip(void **state)
{
	static const struct {
		const char *line;
		const struct verb *verb;
	} lines[] = {
		{ "list -j", &verb_status },
		{ "-j show --dev eth0", &verb_status },
		{ "status -j eth0", &verb_status },
	};

	(void)state;
	for (size_t i = 0; i < array_size(lines); i++) {
		cleanup(parsed_done) struct parsed parsed;

		parse(lines[i].line, &parsed);
		assert_string_equal(parsed.said, "");
		assert_int_equal(parsed.status, EXIT_DONE);
		assert_ptr_equal(parsed.verb, lines[i].verb);
		assert_true(parsed.invocation.json);
	}
}

static void a_proceed_set_may_be_empty(void **state)
{
	cleanup(parsed_done) struct parsed parsed;
	const struct attach_request *request;

	(void)state;
	parse("attach /dev/null --dev eth0 --proceed-on none", &parsed);
	request = parsed.request;
	assert_true(request->component.proceed_on.given);
	assert_int_equal(request->component.proceed_on.value, 0);
}

static void times_have_a_unit_or_are_seconds(void **state)
{
	static const struct {
		const char *line;
		uint64_t seconds;
	} lines[] = {
		{ "detach fw --dev e --confirm 90", 90 },
		{ "detach fw --dev e --confirm 30s", 30 },
		{ "detach fw --dev e --confirm 30sec", 30 },
		{ "detach fw --dev e --confirm 5m", 300 },
		{ "detach fw --dev e --confirm 5min", 300 },
		{ "detach fw --dev e --confirm 24h", 86400 },
		{ "detach fw --dev e --confirm=1", 1 },
	};

	(void)state;
	for (size_t i = 0; i < array_size(lines); i++) {
		cleanup(parsed_done) struct parsed parsed;
		const struct detach_request *request;

		parse(lines[i].line, &parsed);
		request = parsed.request;
		assert_int_equal(parsed.status, EXIT_DONE);
		assert_true(request->confirm.given);
		assert_int_equal(request->confirm.value, lines[i].seconds);
	}
}

/*
 * A verb that changes chains without --confirm would be the one with which its user is locked out. Adopt is
 * an exception: what it replaces cannot be restored.
 */
static void every_verb_that_changes_chains_takes_confirm(void **state)
{
	(void)state;
	for (const struct verb *const *verb = verbs; *verb; verb++) {
		enum method_id id = (*verb)->method;
		const struct method *method = verb_method(*verb);
		bool changes = method->right == RIGHT_CHANGE && id != METHOD_CONFIRM &&
			       id != METHOD_REVERT;
		bool takes = false;

		if (*verb == &verb_plan || *verb == &verb_test) /* dry runs */
			continue;
		if (*verb == &verb_adopt)
			continue;
		if (*verb == &verb_trace || *verb == &verb_record_start)
			continue; /* a trace leaves the chain as it is */
		for (const struct option_row *row = (*verb)->options; row->name; row++)
			takes |= !strcmp(row->name, "confirm");
		assert_int_equal(takes, changes);
		assert_int_equal(takes, field_find(method->in, "confirm") != NULL);
	}
}

static void detach_takes_a_name_or_all(void **state)
{
	cleanup(parsed_done) struct parsed named, all;
	const struct detach_request *request;

	(void)state;
	parse("detach fw --dev eth0", &named);
	request = named.request;
	assert_int_equal(named.status, EXIT_DONE);
	assert_string_equal(request->name, "fw");
	assert_false(request->all || request->release);
	parse("detach --release --all --dev eth0", &all);
	request = all.request;
	assert_int_equal(all.status, EXIT_DONE);
	assert_null(request->name);
	assert_true(request->all && request->release);
}

#define SEE_ATTACH "; see 'xdpctl attach --help'\n"

static void usage_errors_say_what_is_wrong(void **state)
{
	(void)state;
	says("", EXIT_USAGE, "xdpctl: missing verb; see 'xdpctl --help'\n");
	says("atach", EXIT_USAGE,
	     "xdpctl: unknown verb 'atach' (did you mean 'attach'?); see 'xdpctl --help'\n");
	says("stat", EXIT_USAGE,
	     "xdpctl: unknown verb 'stat' (did you mean 'status'?); see 'xdpctl --help'\n");
	says("frobnicate", EXIT_USAGE, "xdpctl: unknown verb 'frobnicate'; see 'xdpctl --help'\n");
	says("attach", EXIT_USAGE, "xdpctl: attach needs OBJECT" SEE_ATTACH);
	says("attach a.o", EXIT_USAGE, "xdpctl: attach needs --dev" SEE_ATTACH);
	says("attach a.o b.o --dev e", EXIT_USAGE,
	     "xdpctl: attach: unexpected argument 'b.o'" SEE_ATTACH);
	says("attach a.o --dev", EXIT_USAGE, "xdpctl: --dev needs a value" SEE_ATTACH);
	says("attach a.o --colour red", EXIT_USAGE, "xdpctl: unknown option --colour" SEE_ATTACH);
	says("attach -xy a.o", EXIT_USAGE, "xdpctl: unknown option -x" SEE_ATTACH);
	says("attach a.o --dve e", EXIT_USAGE,
	     "xdpctl: unknown option --dve (did you mean '--dev'?)" SEE_ATTACH);
	says("attach a.o --priority=5", EXIT_USAGE,
	     "xdpctl: unknown option --priority=5 (did you mean '--prio'?)" SEE_ATTACH);
	says("attach a.o -d e", EXIT_USAGE,
	     "xdpctl: unknown option -d (did you mean '--dev'?)" SEE_ATTACH);
	says("adopt --dev e --confirm 30s", EXIT_USAGE,
	     "xdpctl: adopt does not take --confirm; see 'xdpctl adopt --help'\n");
	says("attach --json=yes a.o", EXIT_USAGE, "xdpctl: --json takes no value" SEE_ATTACH);
	says("attach a.o --dev e --before b --after a", EXIT_USAGE,
	     "xdpctl: attach takes --before or --after, not both" SEE_ATTACH);
	says("detach --dev e", EXIT_USAGE,
	     "xdpctl: detach needs a component name or --all; see 'xdpctl detach --help'\n");
	says("detach fw --all --dev e", EXIT_USAGE,
	     "xdpctl: detach takes a component name or --all, not both; see 'xdpctl detach "
	     "--help'\n");
	says("export e", EXIT_USAGE,
	     "xdpctl: export: unexpected argument 'e'; see 'xdpctl export --help'\n");
	says("export lo", EXIT_USAGE,
	     "xdpctl: export: unexpected argument 'lo' (did you mean '--dev lo'?); see 'xdpctl "
	     "export --help'\n");
	says("policy", EXIT_USAGE,
	     "xdpctl: 'policy' needs a second word: 'policy set', 'policy show' or 'policy clear'; "
	     "see "
	     "'xdpctl --help'\n");
	says("policy --dev e set a.o", EXIT_USAGE,
	     "xdpctl: 'policy' needs a second word: 'policy set', 'policy show' or 'policy clear'; "
	     "see "
	     "'xdpctl --help'\n");
	says("rules set", EXIT_USAGE, "xdpctl: unknown verb 'rules'; see 'xdpctl --help'\n");
	says("policy set --dev e", EXIT_USAGE,
	     "xdpctl: policy set needs OBJECT; see 'xdpctl policy set --help'\n");
	says("policy show e", EXIT_USAGE,
	     "xdpctl: policy show: unexpected argument 'e'; see 'xdpctl policy show --help'\n");
	says("attach a.o --dev e --slot s --prio 3", EXIT_USAGE,
	     "xdpctl: --slot cannot be combined with --prio, --proceed-on, --allow-verdicts, "
	     "--before, --after or --on-failure; the policy decides these" SEE_ATTACH);
	says("--dev e status", EXIT_USAGE, "xdpctl: unknown verb 'e'; see 'xdpctl --help'\n");
}

static void values_are_looked_at_before_the_daemon_is_asked(void **state)
{
	(void)state;
	says("attach a.o --dev e --prio ten", EXIT_USAGE,
	     "xdpctl: --prio takes a whole number, not 'ten'" SEE_ATTACH);
	says("attach a.o --dev e --prio 7x", EXIT_USAGE,
	     "xdpctl: --prio takes a whole number, not '7x'" SEE_ATTACH);
	says("attach a.o --dev e --prio -1", EXIT_USAGE,
	     "xdpctl: --prio takes a whole number, not '-1'" SEE_ATTACH);
	says("attach a.o --dev e --prio=", EXIT_USAGE,
	     "xdpctl: --prio takes a whole number, not ''" SEE_ATTACH);
	says("attach a.o --dev e --prio 65536", EXIT_USAGE,
	     "xdpctl: --prio: 65536 is too large (maximum 65535)" SEE_ATTACH);
	says("attach a.o --dev e --prio 99999999999999999999", EXIT_USAGE,
	     "xdpctl: --prio: 99999999999999999999 is too large (maximum 65535)" SEE_ATTACH);
	says("attach a.o --dev e --expect-generation 9223372036854775808", EXIT_USAGE,
	     "xdpctl: --expect-generation: 9223372036854775808 is too large (maximum "
	     "9223372036854775807)" SEE_ATTACH);
	says("attach a.o --dev e --confirm soon", EXIT_USAGE,
	     "xdpctl: --confirm takes a time such as 30s, 5min or 1h, not 'soon'" SEE_ATTACH);
	says("attach a.o --dev e --confirm -1s", EXIT_USAGE,
	     "xdpctl: --confirm takes a time such as 30s, 5min or 1h, not '-1s'" SEE_ATTACH);
	says("attach a.o --dev e --confirm 0s", EXIT_USAGE,
	     "xdpctl: --confirm: 0s is too short (minimum 1 s)" SEE_ATTACH);
	says("attach a.o --dev e --confirm 8760h", EXIT_USAGE,
	     "xdpctl: --confirm: 8760h is too long (maximum 86400 s)" SEE_ATTACH);
	says("attach a.o --dev e --confirm 99999999999999999999h", EXIT_USAGE,
	     "xdpctl: --confirm: 99999999999999999999h is too long (maximum 86400 s)" SEE_ATTACH);
	says("attach a.o --dev e --mode fast", EXIT_USAGE,
	     "xdpctl: --mode: invalid value 'fast'; use one of native, skb" SEE_ATTACH);
	says("attach a.o --dev e --proceed-on pass,,tx", EXIT_USAGE,
	     "xdpctl: --proceed-on: invalid verdict ''; use a comma-separated list of aborted, "
	     "drop, pass, tx, redirect, or none" SEE_ATTACH);
}

static void words_of_an_expression_are_joined(void **state)
{
	cleanup(parsed_done) struct parsed parsed, empty;

	(void)state;
	parse("trace --dev eth0 tcp port --drops 80", &parsed);
	assert_int_equal(parsed.status, EXIT_DONE);
	assert_string_equal(parsed.invocation.operands[0], "tcp port 80");
	assert_null(parsed.invocation.operands[1]);
	parse("trace --dev eth0", &empty);
	assert_int_equal(empty.status, EXIT_DONE);
	assert_null(empty.invocation.operands[0]);
}

static void a_missing_file_is_refused(void **state)
{
	(void)state;
	says("attach /nonexistent/fw.o --dev e", EXIT_REFUSED,
	     "xdpctl: cannot open '/nonexistent/fw.o': No such file or directory\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_is_a_field_of_its_method),
		cmocka_unit_test(attach_takes_all_of_its_options),
		cmocka_unit_test(words_after_two_dashes_are_the_command_of_attach),
		cmocka_unit_test(words_after_two_dashes_are_operands_of_other_verbs),
		cmocka_unit_test(options_come_before_or_after_the_operand),
		cmocka_unit_test(an_option_that_is_missing_is_not_given),
		cmocka_unit_test(a_verb_may_have_two_words),
		cmocka_unit_test(short_options_and_other_words_are_those_of_ip),
		cmocka_unit_test(a_proceed_set_may_be_empty),
		cmocka_unit_test(times_have_a_unit_or_are_seconds),
		cmocka_unit_test(every_verb_that_changes_chains_takes_confirm),
		cmocka_unit_test(detach_takes_a_name_or_all),
		cmocka_unit_test(usage_errors_say_what_is_wrong),
		cmocka_unit_test(values_are_looked_at_before_the_daemon_is_asked),
		cmocka_unit_test(words_of_an_expression_are_joined),
		cmocka_unit_test(a_missing_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
