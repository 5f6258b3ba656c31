// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/options.h"

#include "base/cleanup.h"
#include "cli/global-options.h"
#include "cli/help.h"
#include "cli/option-value.h"
#include "cli/suggest.h"
#include "cli/verbs.h"

#include <assert.h>
#include <getopt.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

/* Reports the verb that the user may have meant; for a verb of two words its first word. */
static enum exit_status unknown_verb(const char *word)
{
	struct suggestion suggestion = { .word = word };

	for (const struct verb *const *verb = verbs; *verb; verb++)
		suggestion_consider(&suggestion, (*verb)->name);
	if (suggestion.best)
		return usage(NULL, "unknown verb '%s' (did you mean '%s'?)", word, suggestion.best);
	return usage(NULL, "unknown verb '%s'", word);
}

/*
 * "'policy set', 'policy show' or 'policy clear'": the verbs that begin with the word; the caller frees it.
 */
static char *list_second_words(const char *word)
{
	size_t length = strlen(word), size, n = 0, n_listed = 0;
	char *list = NULL;
	FILE *text = open_memstream(&list, &size);

	if (!text)
		abort(); /* a short-lived program */
	for (const struct verb *const *verb = verbs; *verb; verb++)
		n += !strncmp((*verb)->name, word, length) && (*verb)->name[length] == ' ';
	for (const struct verb *const *verb = verbs; *verb; verb++) {
		if (strncmp((*verb)->name, word, length) || (*verb)->name[length] != ' ')
			continue;
		n_listed++;
		fprintf(text, "%s'%s'",
			n_listed == 1	? ""
			: n_listed == n ? " or "
					: ", ",
			(*verb)->name);
	}
	fclose(text);
	return list;
}

static enum exit_status no_verb(const char *word)
{
	cleanup(freep) char *list = list_second_words(word);

	if (*list)
		return usage(NULL, "'%s' needs a second word: %s", word, list);
	return unknown_verb(word);
}

static size_t append_options(struct option *list, size_t count, const struct option_row *rows,
			     int first_number)
{
	for (const struct option_row *row = rows; row->name; row++) {
		assert(count < OPTIONS_MAX - 1);
		list[count++] = (struct option){ row->name,
						 row->argument ? required_argument : no_argument,
						 NULL, first_number + (int)(row - rows) };
	}
	return count;
}

static const struct option_row no_options[] = { {} };

/* What getopt_long(3) needs; `letters` begins with ":", so that it reports a missing value separately. */
struct option_list {
	const struct option_row *own; /* those of the verb */
	struct option names[OPTIONS_MAX];
	char letters[2 * OPTIONS_MAX + 2];
};

static void append_letters(struct option_list *list, const struct option_row *row)
{
	size_t length = strlen(list->letters);

	for (; row->name; row++) {
		if (!row->letter)
			continue;
		list->letters[length++] = row->letter;
		if (row->argument)
			list->letters[length++] = ':';
	}
}

/* The global options, followed by those of the verb. */
static void list_options(const struct verb *verb, struct option_list *ret)
{
	size_t count;

	*ret = (struct option_list){ verb ? verb->options : no_options, .letters = ":" };
	count = append_options(ret->names, 0, global_options, GLOBAL_JSON);
	append_options(ret->names, count, ret->own, VERB_FIRST);
	append_letters(ret, global_options);
	append_letters(ret, ret->own);
}

/* The number of the option with that letter; a number is returned unchanged. */
static int option_number(const struct option_list *list, int option)
{
	if (option >= GLOBAL_JSON || option == '?' || option == ':')
		return option;
	for (const struct option_row *row = global_options; row->name; row++)
		if (row->letter == option)
			return GLOBAL_JSON + (int)(row - global_options);
	for (const struct option_row *row = list->own; row->name; row++)
		if (row->letter == option)
			return VERB_FIRST + (int)(row - list->own);
	return '?';
}

static bool is_option_of(const struct verb *verb, const char *name, size_t length)
{
	for (const struct option_row *row = verb->options; row->name; row++)
		if (strlen(row->name) == length && !strncmp(row->name, name, length))
			return true;
	return false;
}

static bool is_option_of_any(const char *name, size_t length)
{
	for (const struct verb *const *verb = verbs; *verb; verb++)
		if (is_option_of(*verb, name, length))
			return true;
	return false;
}

static enum exit_status unknown_option(const struct verb *verb, const char *word)
{
	size_t length = strcspn(word, "=") - strlen("--");
	cleanup(freep) char *name = strndup(word + strlen("--"), length);
	const struct option_row *const tables[] = { global_options,
						    verb ? verb->options : no_options };
	struct suggestion suggestion = { .word = name };

	if (!name)
		abort();
	if (verb && is_option_of_any(name, length))
		return usage(verb, "%s does not take --%s", verb->name, name);
	for (size_t i = 0; i < array_size(tables); i++)
		for (const struct option_row *row = tables[i]; row->name; row++)
			suggestion_consider(&suggestion, row->name);
	if (suggestion.best)
		return usage(verb, "unknown option %s (did you mean '--%s'?)", word,
			     suggestion.best);
	return usage(verb, "unknown option %s", word);
}

/* Several short options may share a word. */
static enum exit_status unknown_letter(const struct verb *verb, char letter)
{
	/* tcpdump(8) and many other commands have -i. */
	if ((letter == 'd' || letter == 'i') && verb && is_option_of(verb, "dev", strlen("dev")))
		return usage(verb, "unknown option -%c (did you mean '--dev'?)", letter);
	return usage(verb, "unknown option -%c", letter);
}

static enum exit_status bad_option(const struct verb *verb, int option, char *const *argv)
{
	const char *word = argv[optind - 1];

	if (option == ':')
		return usage(verb, "%s needs a value", word);
	if (optopt > 0 && optopt < GLOBAL_JSON)
		return unknown_letter(verb, optopt);
	if (optopt >= GLOBAL_JSON)
		return usage(verb, "%.*s takes no value", (int)strcspn(word, "="), word);
	return unknown_option(verb, word);
}

int options_find_word(int argc, char *const *argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--socket"))
			i++;
		else if (argv[i][0] != '-')
			return i;
	}
	return argc;
}

enum exit_status options_find_verb(int argc, char **argv, const struct verb **ret)
{
	int i = options_find_word(argc, argv);

	*ret = NULL;
	if (i == argc)
		return EXIT_DONE;
	*ret = verb_find(argv[i], i + 1 < argc ? argv[i + 1] : NULL);
	return *ret ? EXIT_DONE : no_verb(argv[i]);
}

/* Operands in brackets are optional, wherever they are. */
static enum exit_status check_operands(const struct verb *verb, size_t count)
{
	size_t n_needed = 0;

	for (size_t i = 0; i < OPERANDS_MAX && verb->operands[i]; i++)
		if (verb->operands[i][0] != '[' && ++n_needed > count)
			return usage(verb, "%s needs %s", verb->name, verb->operands[i]);
	return EXIT_DONE;
}

/* Users of ip(8) name a device without an option. */
static enum exit_status unexpected_argument(const struct verb *verb, const char *word)
{
	if (is_option_of(verb, "dev", strlen("dev")) && if_nametoindex(word))
		return usage(verb, "%s: unexpected argument '%s' (did you mean '--dev %s'?)",
			     verb->name, word, word);
	return usage(verb, "%s: unexpected argument '%s'", verb->name, word);
}

/* Does that operand take all remaining words? */
static bool takes_all(const char *operand)
{
	return strstr(operand, "...]");
}

static void append_word(struct invocation *invocation, const char *word)
{
	cleanup(freep) char *before = invocation->joined;

	if (asprintf(&invocation->joined, "%s%s%s", before ?: "", before ? " " : "", word) < 0)
		abort(); /* a short-lived program */
}

static enum exit_status take_operands(const struct verb *verb, int argc, char **argv,
				      struct invocation *ret)
{
	size_t count = 0;

	/* The words after the verb itself. */
	for (int i = optind + (strchr(verb->name, ' ') ? 2 : 1); i < argc; i++) {
		if (count == OPERANDS_MAX || !verb->operands[count])
			return unexpected_argument(verb, argv[i]);
		if (takes_all(verb->operands[count]))
			append_word(ret, argv[i]);
		else
			ret->operands[count++] = argv[i];
	}
	if (ret->joined)
		ret->operands[count++] = ret->joined;
	return check_operands(verb, count);
}

/* The position of the "--" before the command of a verb that runs one; otherwise argc. */
static int find_command(const struct verb *verb, int argc, char *const *argv)
{
	for (int i = 1; verb && verb->runs_command && i < argc; i++)
		if (!strcmp(argv[i], "--"))
			return i;
	return argc;
}

static enum exit_status take_command(const struct verb *verb, char *const *words,
				     struct invocation *ret)
{
	if (!*words)
		return usage(verb, "missing command after '--'");
	ret->command = words;
	return EXIT_DONE;
}

enum exit_status options_parse(int argc, char **argv, const struct verb *verb,
			       struct invocation *ret, void **ret_request, bool *ret_ended)
{
	struct option_list list;
	int end = find_command(verb, argc, argv); /* what follows is not read */
	enum exit_status status;

	*ret_request = calloc(1, verb ? verb_method(verb)->request_size : 1);
	if (!*ret_request)
		abort();
	if (verb)
		request_init(verb_method(verb), *ret_request);
	list_options(verb, &list);
	opterr = 0;
	for (int option; (option = getopt_long(end, argv, list.letters, list.names, NULL)) >= 0;) {
		const struct option_row *row;

		switch (option_number(&list, option)) {
		case GLOBAL_HELP:
			help_print(verb);
			*ret_ended = true;
			return EXIT_DONE;
		case GLOBAL_VERSION:
			version_print();
			*ret_ended = true;
			return EXIT_DONE;
		case GLOBAL_JSON:
			ret->json = true;
			break;
		case GLOBAL_SOCKET:
			ret->socket = optarg;
			break;
		case '?':
		case ':':
			return bad_option(verb, option, argv);
		default:
			row = &list.own[option_number(&list, option) - VERB_FIRST];
			if (!row->field)
				ret->given[row - verb->options] = optarg ?: "";
			else if ((status = option_value_parse(verb, row, optarg, *ret_request)))
				return status;
		}
	}
	if (!verb)
		return usage(NULL, "missing verb");
	ret->verb = verb;
	status = take_operands(verb, end, argv, ret);
	return status == EXIT_DONE && end < argc ? take_command(verb, argv + end + 1, ret) : status;
}
