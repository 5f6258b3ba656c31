#define _GNU_SOURCE
#include "cli/options.h"

#include "base/cleanup.h"
#include "cli/open.h"
#include "cli/verbs.h"

#include <assert.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { GLOBAL_JSON = 256, GLOBAL_SOCKET, GLOBAL_HELP, GLOBAL_VERSION, VERB_FIRST };

/* In the order of the numbers above. */
const struct option_row global_options[] = {
	{ "json", NULL, NULL, "print the reply as one line of JSON" },
	{ "socket", "PATH", NULL, "path of the daemon's socket (default: " INTERFACE_SOCKET ")" },
	{ "help", NULL, NULL, "print this help" },
	{ "version", NULL, NULL, "print the version" },
	{},
};
static_assert(array_size(global_options) - 1 == VERB_FIRST - GLOBAL_JSON,
	      "every global option has a number");

/* What is on further lines of `help` goes under the first. */
static void print_option(const char *name, const char *argument, const char *help)
{
	const char *line_end = strchrnul(help, '\n');
	char left[40];

	snprintf(left, sizeof(left), "%s%s%s%s", name ? "--" : "", name ?: "", argument ? " " : "",
		 argument ?: "");
	printf("  %-26s %.*s\n", left, (int)(line_end - help), help);
	if (*line_end)
		print_option(NULL, NULL, line_end + 1);
}

static void print_options(const struct option_row *row)
{
	for (; row->name; row++)
		print_option(row->name, row->argument, row->help);
}

static void print_help(const struct verb *verb)
{
	if (!verb) {
		printf("Usage: xdpctl VERB [OPTIONS]\n"
		       "Manage chains of XDP programs on network devices, through xdpd(8).\n"
		       "A change applies to all devices it names, or to none.\n\n");
		for (const struct verb *const *each = verbs; *each; each++)
			printf("  %-26s %s\n", (*each)->name, (*each)->summary);
		printf("\nOptions for every verb:\n");
		print_options(global_options);
		printf("\n'xdpctl VERB --help' lists the options of a verb.\n"
		       "Exit status: 0 success, 1 refused, 2 usage error, 3 daemon unreachable,\n"
		       "4 changes to make (plan --check). For test --diff: 0 same, 1 different, 2 "
		       "refused.\n");
		return;
	}
	printf("Usage: xdpctl %s", verb->name);
	for (size_t i = 0; i < OPERANDS_MAX && verb->operands[i]; i++)
		printf(" %s", verb->operands[i]);
	printf(" [OPTIONS]\n%s\n\n", verb->summary);
	print_options(verb->options);
	print_options(global_options);
}

static enum exit_status no_verb(const char *word)
{
	size_t length = strlen(word);

	for (const struct verb *const *verb = verbs; *verb; verb++)
		if (!strncmp((*verb)->name, word, length) && (*verb)->name[length] == ' ')
			return usage(NULL, "'%s' needs a second word, as in '%s'", word,
				     (*verb)->name);
	return usage(NULL, "unknown verb '%s'", word);
}

static enum exit_status parse_number(const struct verb *verb, const struct option_row *row,
				     const struct field *field, const char *text,
				     struct number *ret)
{
	char *end;

	errno = 0;
	ret->value = strtoull(text, &end, 10);
	if (*end || text[0] < '0' || text[0] > '9')
		return usage(verb, "--%s takes a whole number, not '%s'", row->name, text);
	if (errno || ret->value > (field->maximum ?: INT64_MAX))
		return usage(verb, "--%s: %s is too large (maximum %" PRIu64 ")", row->name, text,
			     field->maximum ?: INT64_MAX);
	ret->given = true;
	return EXIT_DONE;
}

/* One number with one unit, seconds without one: "90", "30s", "5min". */
static enum exit_status parse_seconds(const struct verb *verb, const struct option_row *row,
				      const struct field *field, const char *text,
				      struct number *ret)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = { { "", 1 },     { "s", 1 }, { "sec", 1 }, { "m", 60 }, { "min", 60 },
		      { "h", 3600 }, {} };
	size_t digits = strspn(text, "0123456789"), unit = 0;
	uint64_t amount;

	while (units[unit].name && strcmp(units[unit].name, text + digits) != 0)
		unit++;
	if (digits == 0 || !units[unit].name)
		return usage(verb, "--%s takes a time such as 30s, 5min or 1h, not '%s'", row->name,
			     text);
	errno = 0;
	amount = strtoull(text, NULL, 10);
	if (errno || amount > field->maximum / units[unit].seconds)
		return usage(verb, "--%s: %s is too long (maximum %" PRIu64 " s)", row->name, text,
			     field->maximum);
	ret->value = amount * units[unit].seconds;
	if (ret->value < field->minimum)
		return usage(verb, "--%s: %s is too short (minimum %" PRIu64 " s)", row->name, text,
			     field->minimum);
	ret->given = true;
	return EXIT_DONE;
}

static enum exit_status parse_verdicts(const struct verb *verb, const struct option_row *row,
				       const struct field *field, const char *text,
				       struct number *ret)
{
	char choices[CHOICES_TEXT_MAX];
	const char *bad;
	size_t length;
	verdict_set set;

	if (verdict_set_parse(text, &set, &bad, &length) < 0)
		return usage(
			verb,
			"--%s: invalid verdict '%.*s'; use a comma-separated list of %s, or none",
			row->name, (int)length, bad, choices_format(field->type, choices));
	*ret = (struct number){ true, set };
	return EXIT_DONE;
}

static enum exit_status parse_choice(const struct verb *verb, const struct option_row *row,
				     const struct field *field, const char *text, int *ret)
{
	char choices[CHOICES_TEXT_MAX];

	*ret = choice_find(field->type, text);
	if (*ret)
		return EXIT_DONE;
	return usage(verb, "--%s: invalid value '%s'; use one of %s", row->name, text,
		     choices_format(field->type, choices));
}

/* A few bytes, in a short-lived program. */
static char *copy_text(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		abort();
	return copy;
}

static enum exit_status add_name(struct strings *names, const char *text)
{
	char **longer = reallocarray(names->items, names->n_items + 1, sizeof(*longer));

	if (!longer)
		abort();
	longer[names->n_items++] = copy_text(text);
	names->items = longer;
	return EXIT_DONE;
}

static enum exit_status add_object(struct descriptors *objects, const char *path)
{
	int *longer = reallocarray(objects->items, objects->n_items + 1, sizeof(*longer));

	if (!longer)
		abort();
	objects->items = longer;
	longer[objects->n_items] = -1;
	return open_object(path, &longer[objects->n_items++]);
}

static enum exit_status parse_value(const struct verb *verb, const struct option_row *row,
				    const char *text, void *request)
{
	const struct field *field = field_find(verb_method(verb)->in, row->field);
	void *to = (char *)request + field->offset;

	switch (field->kind) {
	case FIELD_BOOLEAN:
		*(bool *)to = true;
		return EXIT_DONE;
	case FIELD_NAME:
		free(*(char **)to);
		*(char **)to = copy_text(text);
		return EXIT_DONE;
	case FIELD_NAMES:
		return add_name(to, text);
	case FIELD_NUMBER:
		return parse_number(verb, row, field, text, to);
	case FIELD_SECONDS:
		return parse_seconds(verb, row, field, text, to);
	case FIELD_VERDICTS:
		return parse_verdicts(verb, row, field, text, to);
	case FIELD_CHOICE:
		return parse_choice(verb, row, field, text, to);
	case FIELD_FDS:
		return add_object(to, text);
	default:
		return EXIT_DONE; /* not from the command line */
	}
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

/* The globals, and the verb's own behind them, for getopt_long(3). */
static void list_options(const struct verb *verb, struct option *list)
{
	size_t count = 0;

	count = append_options(list, count, global_options, GLOBAL_JSON);
	if (verb)
		count = append_options(list, count, verb->options, VERB_FIRST);
	list[count] = (struct option){};
}

static enum exit_status bad_option(const struct verb *verb, int option, char *const *argv)
{
	const char *word = argv[optind - 1];

	if (optopt > 0 && optopt < GLOBAL_JSON) /* short ones may share a word */
		return usage(verb, "unknown option -%c", optopt);
	if (option == ':')
		return usage(verb, "%s needs a value", word);
	if (optopt >= GLOBAL_JSON)
		return usage(verb, "%.*s takes no value", (int)strcspn(word, "="), word);
	return usage(verb, "unknown option %s", word);
}

/* Before the verb only the global options are known, and the first word is the verb. */
enum exit_status options_find_verb(int argc, char **argv, const struct verb **ret)
{
	*ret = NULL;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--socket")) {
			i++;
			continue;
		}
		if (argv[i][0] == '-')
			continue;
		*ret = verb_find(argv[i], argv[i + 1]);
		return *ret ? EXIT_DONE : no_verb(argv[i]);
	}
	return EXIT_DONE;
}

/* Those that are in brackets are not counted, wherever they stand. */
static enum exit_status check_operands(const struct verb *verb, size_t count)
{
	size_t n_needed = 0;

	for (size_t i = 0; i < OPERANDS_MAX && verb->operands[i]; i++)
		if (verb->operands[i][0] != '[' && ++n_needed > count)
			return usage(verb, "%s needs %s", verb->name, verb->operands[i]);
	return EXIT_DONE;
}

static enum exit_status take_operands(const struct verb *verb, int argc, char **argv,
				      struct invocation *ret)
{
	size_t count = 0;

	/* Behind the verb itself. */
	for (int i = optind + (strchr(verb->name, ' ') ? 2 : 1); i < argc; i++) {
		if (count == OPERANDS_MAX || !verb->operands[count])
			return usage(verb, "%s: unexpected argument '%s'", verb->name, argv[i]);
		ret->operands[count++] = argv[i];
	}
	return check_operands(verb, count);
}

enum exit_status options_parse(int argc, char **argv, const struct verb *verb,
			       struct invocation *ret, void **ret_request, bool *ret_ended)
{
	struct option list[OPTIONS_MAX];
	enum exit_status status;

	*ret_request = calloc(1, verb ? verb_method(verb)->request_size : 1);
	if (!*ret_request)
		abort();
	if (verb)
		request_init(verb_method(verb), *ret_request);
	list_options(verb, list);
	opterr = 0;
	for (int option; (option = getopt_long(argc, argv, ":h", list, NULL)) >= 0;) {
		const struct option_row *row;

		switch (option) {
		case 'h':
		case GLOBAL_HELP:
			print_help(verb);
			*ret_ended = true;
			return EXIT_DONE;
		case GLOBAL_VERSION:
			printf("xdpctl %s\n", XDPD_VERSION);
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
			row = &verb->options[option - VERB_FIRST];
			if (!row->field)
				ret->given[row - verb->options] = optarg ?: "";
			else if ((status = parse_value(verb, row, optarg, *ret_request)))
				return status;
		}
	}
	if (!verb)
		return usage(NULL, "missing verb");
	ret->verb = verb;
	return take_operands(verb, argc, argv, ret);
}
