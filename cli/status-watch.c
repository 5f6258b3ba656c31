// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/status-watch.h"

#include "base/cleanup.h"
#include "cli/client.h"
#include "cli/interval.h"
#include "cli/rates-text.h"
#include "cli/show.h"

#include <stdio.h>

struct watch {
	const struct invocation *invocation;
	const void *request;
	bool rate;	   /* shows packets a second, which are known only after one interval */
	bool again;	   /* repeats until interrupted */
	uint64_t interval; /* microseconds */
	/* The previous reply, printable unless it is shown as JSON; NULL: none yet. */
	json_t *before;
	uint64_t asked_at;
	size_t n_shown;
};

static void show_rates(struct watch *watch, const json_t *reply, double seconds)
{
	cleanup(rates_done) struct rates_list list = {};

	rates_init(&list, watch->before, reply, seconds);
	if (watch->invocation->json) {
		cleanup(json_decrefp) json_t *encoded = rates_encode(&list, seconds);

		show_json(encoded);
	} else {
		rates_print(stdout, &list, terminal_width());
	}
}

/* False: stdout is closed, or the reply cannot be shown; the status is set then. */
static bool show(struct watch *watch, const json_t *reply, uint64_t now, enum exit_status *status)
{
	if (watch->n_shown > 0 && !watch->invocation->json)
		putchar('\n');
	if (watch->rate)
		show_rates(watch, reply, (now - watch->asked_at) / 1e6);
	else
		*status = watch->invocation->verb->answer(watch->invocation, reply);
	watch->n_shown++;
	return fflush(stdout) == 0 && *status == EXIT_DONE;
}

static enum exit_status ask(const struct watch *watch, json_t **ret)
{
	json_t *reply = NULL;
	enum exit_status status = client_call(watch->invocation->socket, &methods[METHOD_STATUS],
					      watch->request, &reply, NULL);

	if (status == EXIT_DONE && !watch->invocation->json) {
		*ret = reply_printable(reply);
		json_decref(reply);
	} else {
		*ret = reply;
	}
	return status;
}

static enum exit_status run(struct watch *watch, json_t **ret)
{
	for (;;) {
		cleanup(json_decrefp) json_t *reply = NULL;
		enum exit_status status = ask(watch, &reply);
		uint64_t now = interval_now();

		if (status == EXIT_REFUSED)
			*ret = steal(reply);
		if (status != EXIT_DONE)
			return status;
		if ((!watch->rate || watch->before) && !show(watch, reply, now, &status))
			return status;
		if (watch->n_shown > 0 && !watch->again)
			return EXIT_DONE;
		json_decref(watch->before);
		watch->before = steal(reply);
		watch->asked_at = now;
		interval_wait_until(now + watch->interval);
	}
}

bool status_watch(const struct invocation *invocation, const void *request,
		  enum exit_status *ret_status, json_t **ret)
{
	const char *interval = option_given(invocation, "watch");
	struct watch watch = {
		.invocation = invocation,
		.request = request,
		.rate = option_given(invocation, "rate"),
		.again = interval,
		.interval = 1000000,
	};

	if (!interval && !watch.rate)
		return false;
	*ret_status = interval_parse(invocation->verb, "watch", interval, &watch.interval);
	if (*ret_status == EXIT_DONE)
		*ret_status = run(&watch, ret);
	json_decref(watch.before);
	return true;
}
