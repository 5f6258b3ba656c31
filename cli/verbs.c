#define _GNU_SOURCE
#include "cli/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

const struct verb *const verbs[] = {
	&verb_attach,	   &verb_detach,
	&verb_replace,	   &verb_relink,
	&verb_move,	   &verb_set,
	&verb_interop,	   &verb_apply,
	&verb_plan,	   &verb_test,
	&verb_export,	   &verb_adopt,
	&verb_release,	   &verb_confirm,
	&verb_revert,	   &verb_policy_set,
	&verb_policy_show, &verb_policy_clear,
	&verb_status,	   &verb_graph,
	&verb_why,	   &verb_maps,
	&verb_verify,	   &verb_inspect,
	&verb_features,	   NULL,
};

/* Is it the verb's name, or, of one that has two words, both of them? */
static bool is_called(const struct verb *verb, const char *word, const char *next)
{
	size_t length = strcspn(verb->name, " ");

	if (strlen(word) != length || strncmp(verb->name, word, length) != 0)
		return false;
	return !verb->name[length] || (next && !strcmp(verb->name + length + 1, next));
}

const struct verb *verb_find(const char *word, const char *next)
{
	for (const struct verb *const *verb = verbs; *verb; verb++)
		if (is_called(*verb, word, next))
			return *verb;
	return NULL;
}

const struct method *verb_method(const struct verb *verb)
{
	return verb->local ?: &methods[verb->method];
}

const char *option_given(const struct invocation *invocation, const char *name)
{
	const struct option_row *options = invocation->verb->options;

	for (const struct option_row *row = options; row->name; row++)
		if (!row->field && !strcmp(row->name, name))
			return invocation->given[row - options];
	return NULL;
}

enum exit_status open_object(const char *path, int *ret)
{
	*ret = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*ret >= 0)
		return EXIT_DONE;
	report_error("cannot open '%s': %s", path, strerror(errno));
	return EXIT_REFUSED;
}

/* The one command of bpf(2) that is needed here; libbpf would cost every start more than all else. */
static int get_pinned(const char *path)
{
	union bpf_attr attributes = { .pathname = (uintptr_t)path };

	return syscall(SYS_bpf, BPF_OBJ_GET, &attributes, sizeof(attributes));
}

static enum exit_status open_pin(const char *path, struct descriptors *ret)
{
	int *longer = reallocarray(ret->items, ret->n_items + 1, sizeof(*longer));
	int fd = get_pinned(path);

	if (!longer)
		abort();
	ret->items = longer;
	if (fd >= 0) {
		longer[ret->n_items++] = fd;
		return EXIT_DONE;
	}
	report_error("cannot open the map pinned at '%s': %s", path, strerror(errno));
	return EXIT_REFUSED;
}

enum exit_status open_pins(const struct strings *maps, struct descriptors *ret)
{
	static const char prefix[] = "=pin:";
	enum exit_status status = EXIT_DONE;

	for (size_t i = 0; status == EXIT_DONE && i < maps->n_items; i++) {
		const char *from = strchrnul(maps->items[i], '=');

		if (!strncmp(from, prefix, strlen(prefix)) && from[strlen(prefix)] == '/')
			status = open_pin(from + strlen(prefix), ret);
	}
	return status;
}

const char *reply_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name)) ?: "";
}

uint64_t reply_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

void show_json(const json_t *value)
{
	print_json(value, JSON_COMPACT);
}

static void show_result(const json_t *result, const char *done)
{
	const char *name = reply_text(result, "name");
	const char *note = reply_text(result, "note");
	const char *mode = reply_text(result, "mode");

	printf("%s: %s%s%s", reply_text(result, "ifname"), name, *name ? " " : "", done);
	if (*mode)
		printf(", generation %" PRIu64 " (%s mode)\n", reply_number(result, "generation"),
		       mode);
	else
		printf("%s\n", *note ? "" : ", device released");
	if (*note)
		printf("%s: %s\n", reply_text(result, "ifname"), note);
	if (json_object_get(result, "confirm_within"))
		printf("%s: rolls back in %" PRIu64 " s unless 'xdpctl confirm' comes first\n",
		       reply_text(result, "ifname"), reply_number(result, "confirm_within"));
}

void show_results(const json_t *parameters, const char *done)
{
	const json_t *results = json_object_get(parameters, "results");
	json_t *result;
	size_t i;

	json_array_foreach(results, i, result) show_result(result, done);
}
