// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/reply.h"

#include "base/cleanup.h"
#include "lib/error.h"

#include <string.h>

struct xdpd_reply *reply_new(void)
{
	struct xdpd_reply *reply = calloc(1, sizeof(*reply));

	if (reply)
		reply->n_holders = 1;
	return reply;
}

struct xdpd_reply *xdpd_reply_ref(struct xdpd_reply *reply)
{
	if (reply)
		reply->n_holders++;
	return reply;
}

void xdpd_reply_unref(struct xdpd_reply *reply)
{
	if (!reply || --reply->n_holders > 0)
		return;
	json_decref(reply->message);
	free(reply->text);
	fds_done(&reply->fds);
	xdpd_error_free(&reply->error);
	free(reply);
}

const struct xdpd_error *xdpd_reply_get_error(const struct xdpd_reply *reply)
{
	return reply->error.name ? &reply->error : NULL;
}

json_t *reply_parameters(const struct xdpd_reply *reply)
{
	return json_object_get(reply->message, "parameters");
}

const char *xdpd_reply_get_json(struct xdpd_reply *reply)
{
	const json_t *parameters = reply_parameters(reply);

	if (!reply->text)
		reply->text = parameters ? json_dumps(parameters, JSON_COMPACT) : strdup("{}");
	return reply->text;
}

/* The item of a list at the position that the word is, or the member of that name. */
static const json_t *step(const json_t *value, const char *word, size_t length)
{
	char *end;
	size_t position;

	if (!json_is_array(value))
		return json_object_getn(value, word, length);
	if (length == 0 || *word < '0' || *word > '9')
		return NULL;
	position = strtoull(word, &end, 10);
	return end == word + length ? json_array_get(value, position) : NULL;
}

static const json_t *find(const struct xdpd_reply *reply, const char *path)
{
	const json_t *value = reply_parameters(reply);

	while (value) {
		size_t length = strcspn(path, "/");

		value = step(value, path, length);
		if (!path[length])
			break;
		path += length + 1;
	}
	return value;
}

int xdpd_reply_get_string(const struct xdpd_reply *reply, const char *path, const char **ret)
{
	const json_t *value = find(reply, path);

	if (!json_is_string(value))
		return value ? -EINVAL : -ENXIO;
	*ret = json_string_value(value);
	return 0;
}

int xdpd_reply_get_number(const struct xdpd_reply *reply, const char *path, uint64_t *ret)
{
	const json_t *value = find(reply, path);

	if (!json_is_integer(value))
		return value ? -EINVAL : -ENXIO;
	*ret = json_integer_value(value);
	return 0;
}

int xdpd_reply_get_boolean(const struct xdpd_reply *reply, const char *path, bool *ret)
{
	const json_t *value = find(reply, path);

	if (!json_is_boolean(value))
		return value ? -EINVAL : -ENXIO;
	*ret = json_is_true(value);
	return 0;
}

size_t xdpd_reply_count(const struct xdpd_reply *reply, const char *path)
{
	return json_array_size(find(reply, path));
}

int xdpd_reply_take_fd(struct xdpd_reply *reply, size_t number)
{
	if (number >= reply->fds.n_fds || reply->fds.fds[number] < 0)
		return -EBADF;
	return steal_fd(&reply->fds.fds[number]);
}
