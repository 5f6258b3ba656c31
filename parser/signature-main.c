// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* xdpd-signature checks signatures from outside for xdpd, and has no rights. */
#define _GNU_SOURCE
#include "base/base64.h"
#include "base/cleanup.h"
#include "parser/sshsig.h"
#include "sandbox/lockdown.h"
#include "sandbox/parser.h"
#include "sandbox/signature.h"

#include <fcntl.h>
#include <stdio.h>

/* The contents of the descriptor; it is the launcher's copy, which does not change. */
struct question {
	struct signature_question head;
	char text[SIGNATURE_SIZE_MAX];
};

static int read_question(struct question *ret, size_t *ret_size, struct error *error)
{
	ssize_t count = pread(SIGNATURE_FILE, ret, sizeof(*ret), 0);

	if (count < (ssize_t)sizeof(ret->head))
		return error_set(error, ERROR_INTERNAL, count < 0 ? -errno : -EIO,
				 "cannot be read");
	*ret_size = count - sizeof(ret->head);
	return 0;
}

static int check(const struct question *question, size_t size, const char *name_space,
		 struct signature_answer *answer, struct error *error)
{
	static unsigned char buffer[base64_decoded_max(SIGNATURE_SIZE_MAX)];
	struct file_digests digests;
	struct sshsig sshsig;
	int result = sshsig_decode(question->text, size, buffer, &sshsig, error);

	memcpy(digests.sha256, question->head.sha256, sizeof(digests.sha256));
	memcpy(digests.sha512, question->head.sha512, sizeof(digests.sha512));
	if (result == 0)
		result = sshsig_verify(&sshsig, name_space, &digests, error);
	if (result < 0)
		return result;
	if (sshsig.key.size > sizeof(answer->key))
		return error_set(error, ERROR_BAD_SIGNATURE, -E2BIG, "has a key that is too large");
	answer->key_size = sshsig.key.size;
	memcpy(answer->key, sshsig.key.bytes, sshsig.key.size);
	return 0;
}

static enum signature_answer_kind answer_kind(enum error_id id)
{
	if (id == ERROR_NONE)
		return SIGNATURE_VALID;
	return id == ERROR_BAD_SIGNATURE ? SIGNATURE_INVALID : SIGNATURE_FAILED;
}

static void write_answer(struct signature_answer *answer, const struct error *error)
{
	answer->kind = answer_kind(error->id);
	snprintf(answer->message, sizeof(answer->message), "%s", error->message ?: "");
	for (size_t done = 0; done < sizeof(*answer);) {
		ssize_t count = write(SIGNATURE_ANSWER, (const char *)answer + done,
				      sizeof(*answer) - done);

		if (count < 0)
			break;
		done += count;
	}
}

int main(int argc, char **argv)
{
	static const struct lockdown limits = {
		.memory = SIGNATURE_MEMORY_MAX,
		.cpu_seconds = SIGNATURE_CPU_SECONDS_MAX,
		.n_fds = SIGNATURE_FILE + 1,
	};
	static struct signature_answer answer;
	static struct question question;
	struct error error = {};
	size_t size = 0;

	if (argc != 3 || fcntl(SIGNATURE_FILE, F_GETFD) < 0) {
		fprintf(stderr, SIGNATURE_PROGRAM ": only xdpd can start this program\n");
		return 2;
	}
	if (strcmp(argv[1], SIGNATURE_FORMAT) != 0)
		return PARSER_STATUS_FORMAT;
	/* The process gives up its rights before it reads anything of the signature. */
	if (lockdown(&limits, &error) == 0 && read_question(&question, &size, &error) == 0)
		check(&question, size, argv[2], &answer, &error);
	write_answer(&answer, &error);
	_exit(EXIT_SUCCESS); /* destructors of libraries are not needed */
}
