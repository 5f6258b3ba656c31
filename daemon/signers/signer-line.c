// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/signers/signer-line.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/format.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const char *const key_types[] = { "ssh-ed25519", "ecdsa-sha2-nistp256",
					 "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa" };

__attribute__((format(printf, 2, 3))) static int refuse(struct error *error, const char *format,
							...)
{
	cleanup(freep) char *sentence = NULL;
	va_list arguments;

	va_start(arguments, format);
	sentence = format_text(format, arguments);
	va_end(arguments);
	return sentence ? error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL, "%s", sentence)
			: error_memory(error);
}

/* Takes the next word off the text, up to a blank outside quotes. NULL: no memory. */
static char *take_word(const char **text)
{
	const char *from = *text;
	bool quoted = false;
	size_t length = 0;

	while (from[length] && (quoted || !strchr(" \t", from[length])))
		quoted ^= from[length++] == '"';
	*text = from + length;
	*text += strspn(*text, " \t");
	return strndup(from, length);
}

/* strptime(3) also accepts dates that do not exist, like the 31st of June. */
static bool is_date(const struct tm *read, const struct tm *counted)
{
	return read->tm_mday == counted->tm_mday && read->tm_mon == counted->tm_mon &&
	       read->tm_year == counted->tm_year;
}

/* Accepts "YYYYMMDD", "YYYYMMDDHHMM" and "YYYYMMDDHHMMSS": local time, or UTC if a Z follows. */
static bool parse_time(const char *text, int64_t *ret)
{
	static const char *const formats[] = {
		[8] = "%Y%m%d", [12] = "%Y%m%d%H%M", [14] = "%Y%m%d%H%M%S"
	};
	size_t n_digits = strspn(text, "0123456789");
	bool is_utc = !strcasecmp(text + n_digits, "Z") || !strcasecmp(text + n_digits, "UTC");
	cleanup(freep) char *digits = strndup(text, n_digits);
	struct tm read = { .tm_isdst = -1 }, counted;
	const char *format = n_digits < array_size(formats) ? formats[n_digits] : NULL, *end;
	time_t seconds;

	if (!digits || !format || (text[n_digits] && !is_utc))
		return false;
	end = strptime(digits, format, &read);
	if (!end || *end)
		return false;
	counted = read;
	seconds = is_utc ? timegm(&counted) : mktime(&counted);
	*ret = seconds;
	return is_date(&read, &counted);
}

static int set_time(const char *name, const char *value, bool *given, int64_t *ret,
		    struct error *error)
{
	if (*given)
		return refuse(error, "the option %s is given twice", name);
	if (!parse_time(value, ret))
		return refuse(error,
			      "%s: invalid time '%.40s'; use YYYYMMDD, YYYYMMDDHHMM or "
			      "YYYYMMDDHHMMSS, with Z for UTC",
			      name, value);
	*given = true;
	return 0;
}

static int set_valid_after(struct signer_line *line, const char *value, struct error *error)
{
	return set_time("valid-after", value, &line->has_valid_after, &line->valid_after, error);
}

static int set_valid_before(struct signer_line *line, const char *value, struct error *error)
{
	return set_time("valid-before", value, &line->has_valid_before, &line->valid_before, error);
}

static int set_namespaces(struct signer_line *line, const char *value, struct error *error)
{
	if (line->namespaces)
		return refuse(error, "the option namespaces is given twice");
	line->namespaces = strdup(value);
	return line->namespaces ? 0 : error_memory(error);
}

static const struct {
	const char *name;
	int (*set)(struct signer_line *line, const char *value, struct error *error);
} options[] = {
	{ "namespaces", set_namespaces },
	{ "valid-after", set_valid_after },
	{ "valid-before", set_valid_before },
};

/* Removes the quotes around the value. */
static bool unquote(char *value)
{
	size_t length = strlen(value);

	if (length < 2 || value[0] != '"' || value[length - 1] != '"' ||
	    memchr(value + 1, '"', length - 2))
		return false;
	value[length - 1] = '\0';
	memmove(value, value + 1, length - 1);
	return true;
}

static int set_option(struct signer_line *line, char *option, struct error *error)
{
	char *value = strchr(option, '=');

	if (!strcasecmp(option, "cert-authority"))
		return refuse(error, "certificates (cert-authority) are not supported; list the "
				     "keys that sign");
	if (value)
		*value++ = '\0';
	for (size_t i = 0; i < array_size(options); i++) {
		if (strcasecmp(option, options[i].name) != 0)
			continue;
		if (!value || !unquote(value))
			return refuse(error, "the option %s needs a value in quotes, as %s=\"...\"",
				      options[i].name, options[i].name);
		return options[i].set(line, value, error);
	}
	return refuse(
		error,
		"unknown option '%.40s'; use namespaces=, valid-after= or valid-before=", option);
}

/* Commas outside quotes separate the options. */
static int set_options(struct signer_line *line, char *text, struct error *error)
{
	int result = 0;

	for (char *option = text; result == 0 && option;) {
		bool quoted = false;
		char *end = option;

		while (*end && (quoted || *end != ','))
			quoted ^= *end++ == '"';
		text = *end ? end + 1 : NULL;
		*end = '\0';
		result = set_option(line, option, error);
		option = text;
	}
	return result;
}

static int set_principals(struct signer_line *line, char *word, struct error *error)
{
	if (*word == '"' && !unquote(word))
		return refuse(error, "the quotes around the principals do not match");
	if (!*word)
		return refuse(error, "the line names no principal");
	for (const char *c = word; c; c = strchr(c, ',')) {
		c += *c == ',';
		if (*c == '!')
			return refuse(error,
				      "the principal '%.40s' excludes somebody, which has no "
				      "meaning here; the key alone decides",
				      c);
	}
	line->principals = word;
	return 0;
}

static bool is_key_type(const char *word)
{
	static const char *const prefixes[] = { "ssh-", "ecdsa-", "sk-" };

	for (size_t i = 0; i < array_size(prefixes); i++)
		if (!strncmp(word, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/* The encoded key contains its type as well. */
static bool has_type(const struct blob *key, const char *type)
{
	const unsigned char *bytes = key->bytes;
	size_t length = strlen(type);

	return key->size > 4 + length && !bytes[0] && !bytes[1] && !bytes[2] &&
	       bytes[3] == length && !memcmp(bytes + 4, type, length);
}

static int check_type(const char *type, struct error *error)
{
	for (size_t i = 0; i < array_size(key_types); i++)
		if (!strcmp(type, key_types[i]))
			return 0;
	return refuse(error,
		      "keys of the type '%.60s' are not supported; use Ed25519, ECDSA or RSA",
		      type);
}

static int set_key(struct signer_line *line, const char *type, const char *text,
		   struct error *error)
{
	size_t length = strlen(text);
	int result = check_type(type, error);

	if (result < 0)
		return result;
	line->key.bytes = malloc(base64_decoded_max(length) + 1);
	if (!line->key.bytes)
		return error_memory(error);
	if (!base64_decode(text, length, line->key.bytes, &line->key.size) ||
	    !has_type(&line->key, type))
		return refuse(error, "the key is damaged, or is not of the type '%s'", type);
	return 0;
}

static int parse(const char *text, struct signer_line *ret, struct error *error)
{
	cleanup(freep) char *principals = take_word(&text);
	cleanup(freep) char *second = take_word(&text);
	cleanup(freep) char *type = NULL;
	cleanup(freep) char *key = NULL;
	int result;

	if (!principals || !second)
		return error_memory(error);
	result = set_principals(ret, principals, error);
	if (result < 0)
		return result;
	steal(principals);
	if (!is_key_type(second))
		result = set_options(ret, second, error);
	type = is_key_type(second) ? steal(second) : take_word(&text);
	key = take_word(&text);
	if (!type || !key)
		return error_memory(error);
	return result < 0 ? result : set_key(ret, type, key, error);
}

int signer_line_parse(const char *text, unsigned int number, struct signer_line *ret,
		      struct error *error)
{
	struct signer_line line = { .number = number };
	int result = parse(text, &line, error);

	if (result < 0)
		signer_line_done(&line);
	else
		*ret = line;
	return result;
}

void signer_line_done(struct signer_line *line)
{
	free(line->principals);
	free(line->namespaces);
	blob_done(&line->key);
	*line = (struct signer_line){};
}
