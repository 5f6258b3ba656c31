// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/signers/allowed-signers.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "daemon/signers/pattern-list.h"
#include "daemon/signers/signer-line.h"

#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define FILE_MAX (1 << 20) /* bytes */

struct allowed_signers {
	size_t n_holders;
	char *path;
	size_t n_lines;
	struct signer_line *lines;
};

struct allowed_signers *allowed_signers_hold(struct allowed_signers *signers)
{
	if (signers)
		signers->n_holders++;
	return signers;
}

void allowed_signers_release(struct allowed_signers **p)
{
	struct allowed_signers *signers = steal(*p);

	if (!signers || --signers->n_holders > 0)
		return;
	for (size_t i = 0; i < signers->n_lines; i++)
		signer_line_done(&signers->lines[i]);
	free(signers->lines);
	free(signers->path);
	free(signers);
}

static int add_line(struct allowed_signers *signers, const char *text, unsigned int number,
		    struct error *error)
{
	struct signer_line *longer;
	int result;

	text += strspn(text, " \t");
	if (!*text || *text == '#')
		return 0;
	longer = reallocarray(signers->lines, signers->n_lines + 1, sizeof(*longer));
	if (!longer)
		return error_memory(error);
	signers->lines = longer;
	result = signer_line_parse(text, number, &longer[signers->n_lines], error);
	if (result < 0)
		error_prefix(error, "%s:%u: ", signers->path, number);
	else
		signers->n_lines++;
	return result;
}

static int add_lines(struct allowed_signers *signers, const char *text, size_t size,
		     struct error *error)
{
	unsigned int number = 0;
	int result = 0;

	for (size_t at = 0; result == 0 && at < size;) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t length = end ? (size_t)(end - text) - at : size - at;
		cleanup(freep) char *line = strndup(text + at, length);

		number++;
		if (!line)
			return error_memory(error);
		if (strlen(line) < length)
			return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
					 "%s:%u: the line is not text", signers->path, number);
		if (length > 0 && line[length - 1] == '\r')
			line[length - 1] = '\0';
		result = add_line(signers, line, number, error);
		at += length + 1;
	}
	return result;
}

int allowed_signers_parse(const char *path, const char *text, size_t size,
			  struct allowed_signers **ret, struct error *error)
{
	cleanup(allowed_signers_release) struct allowed_signers *signers = calloc(1,
										  sizeof(*signers));
	int result;

	if (!signers)
		return error_memory(error);
	signers->n_holders = 1;
	signers->path = strdup(path);
	if (!signers->path)
		return error_memory(error);
	result = add_lines(signers, text, size, error);
	if (result == 0)
		*ret = steal(signers);
	return result;
}

/* Users who can write the file decide which objects run. */
static int check_owner(const char *path, int fd, struct error *error)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_set(error, ERROR_INVALID_ARGUMENT, -errno,
				 "cannot get the status of '%s': %s", path, errno_name(errno));
	if (status.st_uid != 0 && status.st_uid != geteuid())
		return error_set(error, ERROR_INVALID_ARGUMENT, -EPERM,
				 "'%s' belongs to uid %u; trusted keys must belong to root", path,
				 status.st_uid);
	if (status.st_mode & 0022)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EPERM,
				 "'%s' can be written by others (mode %o); use 'chmod go-w %s'",
				 path, status.st_mode & 07777, path);
	return 0;
}

int allowed_signers_read(const char *path, struct allowed_signers **ret, struct error *error)
{
	cleanup(closep) int fd = file_open(AT_FDCWD, path, true);
	cleanup(blob_done) struct blob blob = {};
	int result;

	if (fd < 0)
		return error_set(error, ERROR_INVALID_ARGUMENT, fd,
				 "cannot read the trusted keys '%s': %s", path,
				 file_open_reason(fd));
	result = check_owner(path, fd, error);
	if (result == 0)
		result = blob_read(fd, path, FILE_MAX, &blob, error);
	return result < 0 ? result : allowed_signers_parse(path, blob.bytes, blob.size, ret, error);
}

void signer_done(struct signer *signer)
{
	free(steal(signer->why));
}

static bool is_key(const struct signer_line *line, const struct blob *key)
{
	return line->key.size == key->size && !memcmp(line->key.bytes, key->bytes, key->size);
}

static char *format_time(int64_t time, char ret[static 40])
{
	time_t seconds = time;
	struct tm parts;

	strftime(ret, 40, "%Y-%m-%d %H:%M:%S UTC", gmtime_r(&seconds, &parts));
	return ret;
}

/* Why the line does not apply to this signature at this time, one clause; NULL: it applies. */
static char *why_not(const struct allowed_signers *signers, const struct signer_line *line,
		     int64_t now)
{
	char time[40];
	char *why = NULL;
	int length = 0;

	if (line->namespaces && !pattern_list_match(line->namespaces, SIGNATURE_NAMESPACE))
		length = asprintf(
			&why,
			"belongs to %s, but is trusted only for the namespaces \"%s\", not "
			"for '" SIGNATURE_NAMESPACE "' (%s:%u)",
			line->principals, line->namespaces, signers->path, line->number);
	else if (line->has_valid_after && now < line->valid_after)
		length = asprintf(&why, "belongs to %s and is not valid before %s (%s:%u)",
				  line->principals, format_time(line->valid_after, time),
				  signers->path, line->number);
	else if (line->has_valid_before && now > line->valid_before)
		length = asprintf(&why, "belongs to %s and is not valid after %s (%s:%u)",
				  line->principals, format_time(line->valid_before, time),
				  signers->path, line->number);
	return length < 0 ? NULL : why;
}

static bool can_be_used(const struct signer_line *line, int64_t now)
{
	return (!line->namespaces || pattern_list_match(line->namespaces, SIGNATURE_NAMESPACE)) &&
	       (!line->has_valid_after || now >= line->valid_after) &&
	       (!line->has_valid_before || now <= line->valid_before);
}

int allowed_signers_find(const struct allowed_signers *signers, const struct blob *key, int64_t now,
			 struct signer *ret, struct error *error)
{
	const struct signer_line *first = NULL;

	*ret = (struct signer){};
	for (size_t i = 0; signers && i < signers->n_lines; i++) {
		const struct signer_line *line = &signers->lines[i];

		if (!is_key(line, key))
			continue;
		if (can_be_used(line, now)) {
			ret->principals = line->principals;
			return 0;
		}
		first = first ?: line;
	}
	if (first)
		ret->why = why_not(signers, first, now);
	else if (!signers)
		ret->why = strdup("is not trusted, because there is no file of trusted keys");
	else if (asprintf(&ret->why, "is not in %s", signers->path) < 0)
		ret->why = NULL;
	return ret->why ? 0 : error_memory(error);
}

void key_fingerprint(const struct blob *key, char ret[static KEY_FINGERPRINT_SIZE])
{
	static const char prefix[] = "SHA256:";
	unsigned char digest[SHA256_DIGEST_SIZE];
	char text[base64_encoded_size(SHA256_DIGEST_SIZE)];
	struct sha256_ctx hash;

	sha256_init(&hash);
	sha256_update(&hash, key->size, key->bytes);
	sha256_digest(&hash, sizeof(digest), digest);
	base64_encode_unpadded(digest, sizeof(digest), text);
	snprintf(ret, KEY_FINGERPRINT_SIZE, "%s%.44s", prefix, text);
}
