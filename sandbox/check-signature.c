// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "sandbox/check-signature.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/printable.h"
#include "sandbox/helper-path.h"
#include "sandbox/parser.h"
#include "sandbox/process.h"
#include "sandbox/signature.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

static void compute_digests(const struct blob *file, struct signature_question *ret)
{
	struct sha256_ctx sha256;
	struct sha512_ctx sha512;

	sha256_init(&sha256);
	sha256_update(&sha256, file->size, file->bytes);
	sha256_digest(&sha256, sizeof(ret->sha256), ret->sha256);
	sha512_init(&sha512);
	sha512_update(&sha512, file->size, file->bytes);
	sha512_digest(&sha512, sizeof(ret->sha512), ret->sha512);
}

static int cannot_check(const char *label, int number, const char *why, struct error *error)
{
	return error_set(error, ERROR_INTERNAL, number, "cannot check the signature of %s: %s",
			 label, why);
}

static int open_question(const struct blob *file, const struct blob *signature)
{
	cleanup(closep) int fd = memfd_create(SIGNATURE_PROGRAM, MFD_CLOEXEC);
	struct signature_question question;
	int result;

	if (fd < 0)
		return -errno;
	compute_digests(file, &question);
	result = file_write_all(fd, &question, sizeof(question))
			 ?: file_write_all(fd, signature->bytes, signature->size);
	return result < 0 ? result : steal_fd(&fd);
}

static int start(const char *label, int question, const char *name_space, struct process *ret,
		 struct error *error)
{
	char *const arguments[] = { SIGNATURE_PROGRAM, SIGNATURE_FORMAT, (char *)name_space, NULL };
	char program[PATH_MAX];
	int result;

	helper_find(SIGNATURE_PROGRAM, program);
	result = process_start(program, arguments, 1, &question, ret);
	if (result == 0)
		return 0;
	return error_set(error, ERROR_INTERNAL, result,
			 "cannot check the signature of %s: cannot start '%s': %s", label, program,
			 errno_name(result));
}

/*
 * The signature is all that the process reads from outside, so if it ends without an answer, that is
 * BadSignature.
 */
static int explain_ending(const char *label, const struct ending *ending, struct error *error)
{
	bool is_known = ending->in_time && ending->status != -1;

	if (is_known && WIFEXITED(ending->status) &&
	    WEXITSTATUS(ending->status) == PARSER_STATUS_FORMAT)
		return cannot_check(label, -EPROTO,
				    "the installed " SIGNATURE_PROGRAM
				    " is of another version; restart xdpd",
				    error);
	return error_set(error, ERROR_BAD_SIGNATURE, -EINVAL,
			 "the signature of %s cannot be checked: " SIGNATURE_PROGRAM " %s", label,
			 ending->in_time ? "ended without an answer" : "did not finish in time");
}

static int take_key(const char *label, const struct signature_answer *answer, struct blob *ret,
		    struct error *error)
{
	if (!answer->key_size || answer->key_size > sizeof(answer->key))
		return cannot_check(label, -EPROTO, "the answer is invalid", error);
	ret->bytes = malloc(answer->key_size);
	if (!ret->bytes)
		return error_memory(error);
	memcpy(ret->bytes, answer->key, answer->key_size);
	ret->size = answer->key_size;
	return 0;
}

static int read_answer(const char *label, struct signature_answer *answer, struct blob *ret,
		       struct error *error)
{
	cleanup(freep) char *message = NULL;

	if (answer->kind == SIGNATURE_VALID)
		return take_key(label, answer, ret, error);
	answer->message[sizeof(answer->message) - 1] = '\0';
	message = printable(answer->message);
	if (!message)
		return error_memory(error);
	if (answer->kind == SIGNATURE_INVALID && *message)
		return error_set(error, ERROR_BAD_SIGNATURE, -EKEYREJECTED,
				 "the signature of %s %s", label, message);
	return cannot_check(label, -EPROTO, *message ? message : "the answer is invalid", error);
}

int sandbox_check_signature(const char *label, const struct blob *file,
			    const struct blob *signature, const char *name_space,
			    struct blob *ret_key, struct error *error)
{
	cleanup(freep) struct signature_answer *answer = malloc(sizeof(*answer));
	cleanup(closep) int question = -1;
	struct process process;
	struct ending ending;
	int result;

	if (!answer)
		return error_memory(error);
	if (signature->size > SIGNATURE_SIZE_MAX)
		return error_set(error, ERROR_BAD_SIGNATURE, -EFBIG,
				 "the signature of %s has %zu bytes; the maximum is %d", label,
				 signature->size, SIGNATURE_SIZE_MAX);
	question = open_question(file, signature);
	if (question < 0)
		return cannot_check(label, question, errno_name(question), error);
	result = start(label, question, name_space, &process, error);
	if (result < 0)
		return result;
	if (process_finish(&process, answer, sizeof(*answer), SIGNATURE_SECONDS_MAX, &ending) <
	    sizeof(*answer))
		return explain_ending(label, &ending, error);
	return read_answer(label, answer, ret_key, error);
}
