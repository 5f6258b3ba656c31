// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Signatures that ssh-keygen makes during the test, and everything that can be wrong with one. */
#define _GNU_SOURCE
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "parser/sshsig.h"
#include "sandbox/check-signature.h"
#include "sandbox/signature.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define NAMESPACE "xdpd-object"
#define CONTENTS  "what is signed\n"

static char directory[] = "/tmp/xdpd-unit-XXXXXX";

static const struct blob contents = { .bytes = CONTENTS, .size = sizeof(CONTENTS) - 1 };

/* Runs the command in the directory, without its output. */
__attribute__((format(printf, 1, 2))) static int shell(const char *format, ...)
{
	cleanup(freep) char *command = NULL, *whole = NULL;
	va_list arguments;

	va_start(arguments, format);
	assert_true(vasprintf(&command, format, arguments) >= 0);
	va_end(arguments);
	assert_true(asprintf(&whole, "cd %s && { %s; } >log 2>&1", directory, command) >= 0);
	return system(whole);
}

static struct blob read_file(const char *name)
{
	struct blob blob = {};
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_return_code(fd, errno);
	assert_int_equal(blob_read(fd, name, SIZE_MAX, &blob, NULL), 0);
	close(fd);
	return blob;
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(directory));
	return shell("printf '%s' > file && command -v ssh-keygen", CONTENTS) ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	shell("cd / && rm -r %s", directory);
	return 0;
}

/* Signs the file with a new key of that type. */
static struct blob sign(const char *type, const char *options)
{
	assert_int_equal(shell("rm -f key* file.sig; ssh-keygen -q -N '' -f key -t %s && "
			       "ssh-keygen -Y sign -f key %s file",
			       type, options),
			 0);
	return read_file("file.sig");
}

/* Checks the signature of that file; NULL if it is good, else what is wrong, to be freed. */
static char *check_of(const struct blob *file, const struct blob *signature)
{
	cleanup(error_done) struct error error = {};
	cleanup(blob_done) struct blob key = {};

	if (sandbox_check_signature("file", file, signature, NAMESPACE, &key, &error) == 0) {
		assert_true(key.size > 0);
		return NULL;
	}
	assert_int_equal(error.id, ERROR_BAD_SIGNATURE);
	return strdup(error.message);
}

static char *check(const struct blob *signature)
{
	return check_of(&contents, signature);
}

static void signatures_of_all_types_of_keys_are_valid(void **state)
{
	static const char *const types[] = { "ed25519",	     "ecdsa -b 256", "ecdsa -b 384",
					     "ecdsa -b 521", "rsa -b 2048",  "rsa -b 3072" };

	(void)state;
	for (size_t i = 0; i < array_size(types); i++)
		for (int j = 0; j < 2; j++) {
			cleanup(blob_done) struct blob signature =
				sign(types[i],
				     j ? "-n " NAMESPACE " -O hashalg=sha256" : "-n " NAMESPACE);
			cleanup(freep) char *problem = check(&signature);

			if (problem)
				fail_msg("%s: %s", types[i], problem);
		}
}

static void the_key_is_that_of_the_public_file(void **state)
{
	cleanup(blob_done) struct blob signature = sign("ed25519", "-n " NAMESPACE);
	cleanup(blob_done) struct blob file = read_file("key.pub");
	cleanup(blob_done) struct blob key = {};
	char text[200];

	(void)state;
	assert_int_equal(
		sandbox_check_signature("file", &contents, &signature, NAMESPACE, &key, NULL), 0);
	base64_encode_unpadded(key.bytes, key.size, text);
	assert_memory_equal((char *)file.bytes + strlen("ssh-ed25519 "), text, strlen(text));
}

static void other_contents_do_not_fit(void **state)
{
	static const struct blob others[] = { { .bytes = "What is signed\n", .size = 15 },
					      { .bytes = CONTENTS, .size = sizeof(CONTENTS) - 2 } };
	static const char *const types[] = { "ed25519", "ecdsa -b 256", "rsa -b 2048" };

	(void)state;
	for (size_t i = 0; i < array_size(types); i++) {
		cleanup(blob_done) struct blob signature = sign(types[i], "-n " NAMESPACE);

		for (size_t j = 0; j < array_size(others); j++) {
			cleanup(freep) char *problem = check_of(&others[j], &signature);

			assert_string_equal(
				problem,
				"the signature of file does not fit: it was made for other "
				"contents, or it was changed");
		}
	}
}

static void a_signature_for_another_purpose_does_not_count(void **state)
{
	cleanup(blob_done) struct blob signature = sign("ed25519", "-n file");
	cleanup(freep) char *problem = check(&signature);

	(void)state;
	assert_string_equal(problem, "the signature of file is for the namespace 'file' instead of "
				     "'xdpd-object'");
}

static void a_small_rsa_key_does_not_count(void **state)
{
	cleanup(blob_done) struct blob signature = sign("rsa -b 1024", "-n " NAMESPACE);
	cleanup(freep) char *problem = check(&signature);

	(void)state;
	assert_string_equal(problem,
			    "the signature of file is by an RSA key of 1024 bits; it needs "
			    "2048 to 16384");
}

static void text_that_is_not_a_signature_is_malformed(void **state)
{
	static const char *const texts[] = {
		"",
		"-----BEGIN SSH SIGNATURE-----",
		"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n",
		"-----BEGIN SSH SIGNATURE-----\n%%%%\n-----END SSH SIGNATURE-----\n",
		"-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n",
		"x -----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n",
	};

	(void)state;
	for (size_t i = 0; i < array_size(texts); i++) {
		const struct blob signature = { .bytes = (void *)texts[i],
						.size = strlen(texts[i]) };
		cleanup(freep) char *problem = check(&signature);

		assert_non_null(problem);
		assert_non_null(strstr(problem, "the signature of file is malformed: "));
	}
}

/* Without the sandbox, so that thousands can be tried; the code is the same. */
static bool is_valid(const unsigned char *text, size_t size, const struct file_digests *digests)
{
	cleanup(freep) unsigned char *buffer = malloc(base64_decoded_max(size) + 1);
	struct sshsig sshsig;

	return sshsig_decode((const char *)text, size, buffer, &sshsig, NULL) == 0 &&
	       sshsig_verify(&sshsig, NAMESPACE, digests, NULL) == 0;
}

static struct file_digests digest_contents(void)
{
	struct file_digests digests;
	char command[] =
		"sha256sum file | head -c 64 >sha256; sha512sum file | head -c 128 >sha512";
	static const char *const names[] = { "sha256", "sha512" };
	unsigned char *rets[] = { digests.sha256, digests.sha512 };

	assert_int_equal(shell("%s", command), 0);
	for (size_t i = 0; i < 2; i++) {
		cleanup(blob_done) struct blob text = read_file(names[i]);

		for (size_t j = 0; j < text.size / 2; j++)
			sscanf((char *)text.bytes + 2 * j, "%2hhx", &rets[i][j]);
	}
	return digests;
}

/* Each bit of the encoded signature is flipped: no change is overlooked. */
static void a_change_of_any_bit_is_noticed(void **state)
{
	static const char *const types[] = { "ed25519", "ecdsa -b 256" };
	const struct file_digests digests = digest_contents();

	(void)state;
	for (size_t i = 0; i < array_size(types); i++) {
		cleanup(blob_done) struct blob text = sign(types[i], "-n " NAMESPACE);
		const char *begin = strchr(text.bytes, '\n');
		size_t n_digits = strstr(text.bytes, "-----END") - begin;
		unsigned char bytes[1000];
		size_t size;

		assert_true(is_valid(text.bytes, text.size, &digests));
		assert_true(base64_decode(begin, n_digits, bytes, &size));
		for (size_t bit = 0; bit < size * 8; bit++) {
			char changed[2000] = "-----BEGIN SSH SIGNATURE-----\n";

			bytes[bit / 8] ^= 1 << bit % 8;
			base64_encode_unpadded(bytes, size, changed + strlen(changed));
			bytes[bit / 8] ^= 1 << bit % 8;
			while (strlen(changed + 30) % 4)
				strcat(changed, "=");
			strcat(changed, "\n-----END SSH SIGNATURE-----\n");
			if (is_valid((unsigned char *)changed, strlen(changed), &digests))
				fail_msg("%s: bit %zu", types[i], bit);
		}
	}
}

static void a_signature_that_is_too_large_is_not_looked_at(void **state)
{
	cleanup(freep) char *bytes = calloc(1, SIGNATURE_SIZE_MAX + 1);
	const struct blob signature = { .bytes = bytes, .size = SIGNATURE_SIZE_MAX + 1 };
	cleanup(freep) char *problem = check(&signature);

	(void)state;
	assert_string_equal(problem, "the signature of file has 16385 bytes; the maximum is 16384");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_of_all_types_of_keys_are_valid),
		cmocka_unit_test(the_key_is_that_of_the_public_file),
		cmocka_unit_test(other_contents_do_not_fit),
		cmocka_unit_test(a_signature_for_another_purpose_does_not_count),
		cmocka_unit_test(a_small_rsa_key_does_not_count),
		cmocka_unit_test(text_that_is_not_a_signature_is_malformed),
		cmocka_unit_test(a_change_of_any_bit_is_noticed),
		cmocka_unit_test(a_signature_that_is_too_large_is_not_looked_at),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
