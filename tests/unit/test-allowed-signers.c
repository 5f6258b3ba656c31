// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Files of trusted keys: what their lines mean, and that no line is skipped. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "daemon/signers/allowed-signers.h"
#include "daemon/signers/pattern-list.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

/* Not a real key, but the parser does not check more than the type. */
#define KEY	  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"
#define OTHER_KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP8CAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"

static const unsigned char key_bytes[] = {
	0,  0,	0,  11, 's', 's', 'h', '-', 'e', 'd', '2', '5', '5', '1', '9', 0,  0,
	0,  32, 1,  2,	3,   4,	  5,   6,   7,	 8,   9,   10,	11,  12,  13,  14, 15,
	16, 17, 18, 19, 20,  21,  22,  23,  24,	 25,  26,  27,	28,  29,  30,  31, 32,
};

static struct blob key(void)
{
	return (struct blob){ .bytes = (void *)key_bytes, .size = sizeof(key_bytes) };
}

#define NOW 1700000000 /* 2023-11-14 22:13:20 UTC */

/* What the file says about the key: its principals, or why it is not trusted; to be freed. */
static char *ask(const char *text)
{
	cleanup(allowed_signers_release) struct allowed_signers *signers = NULL;
	cleanup(signer_done) struct signer signer = {};
	cleanup(error_done) struct error error = {};
	struct blob wanted = key();

	if (allowed_signers_parse("keys", text, strlen(text), &signers, &error) < 0)
		return strdup(error.message);
	assert_int_equal(allowed_signers_find(signers, &wanted, NOW, &signer, NULL), 0);
	return strdup(signer.principals ?: signer.why);
}

static void assert_answer(const char *text, const char *expected)
{
	cleanup(freep) char *found = ask(text);

	assert_string_equal(found, expected);
}

static void a_line_names_the_owner_of_the_key(void **state)
{
	(void)state;
	assert_answer("alice@example.org " KEY " a comment\n", "alice@example.org");
	assert_answer("# nobody\n\n  \t\nalice,build@ci " KEY, "alice,build@ci");
	assert_answer("\"a b\" " KEY "\r\n", "a b");
	assert_answer("bob " OTHER_KEY "\ncarol " KEY "\n", "carol");
}

static void a_key_that_is_not_there_is_not_trusted(void **state)
{
	cleanup(signer_done) struct signer signer = {};
	struct blob wanted = key();

	(void)state;
	assert_answer("", "is not in keys");
	assert_answer("bob " OTHER_KEY "\n#" KEY "\n", "is not in keys");
	assert_int_equal(allowed_signers_find(NULL, &wanted, NOW, &signer, NULL), 0);
	assert_null(signer.principals);
}

static void namespaces_limit_a_key(void **state)
{
	(void)state;
	assert_answer("alice namespaces=\"xdpd-object\" " KEY, "alice");
	assert_answer("alice NameSpaces=\"git,xdpd-*\" " KEY, "alice");
	assert_answer(
		"alice namespaces=\"git,file\" " KEY,
		"belongs to alice, but is trusted only for the namespaces \"git,file\", not for "
		"'xdpd-object' (keys:1)");
	assert_answer("alice namespaces=\"*,!xdpd-object\" " KEY,
		      "belongs to alice, but is trusted only for the namespaces "
		      "\"*,!xdpd-object\", not for 'xdpd-object' (keys:1)");
}

static void times_limit_a_key(void **state)
{
	(void)state;
	assert_answer("alice valid-after=\"20231114221320Z\",valid-before=\"20231114221320Z\" " KEY,
		      "alice");
	assert_answer("alice valid-after=\"20231115Z\" " KEY,
		      "belongs to alice and is not valid before 2023-11-15 00:00:00 UTC (keys:1)");
	assert_answer("\n\nalice valid-before=\"202311142213Z\" " KEY,
		      "belongs to alice and is not valid after 2023-11-14 22:13:00 UTC (keys:3)");
	assert_answer("old valid-before=\"20200101Z\" " KEY "\nnew valid-after=\"20200101Z\" " KEY,
		      "new");
}

static void what_is_not_supported_is_refused(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} cases[] = {
		{ "alice cert-authority " KEY, "keys:1: certificates (cert-authority) are not "
					       "supported; list the keys that sign" },
		{ "alice verify-required " KEY,
		  "keys:1: unknown option 'verify-required'; use namespaces=, valid-after= or "
		  "valid-before=" },
		{ "alice namespaces=git " KEY,
		  "keys:1: the option namespaces needs a value in quotes, as namespaces=\"...\"" },
		{ "alice namespaces=\"a\",namespaces=\"b\" " KEY,
		  "keys:1: the option namespaces is given twice" },
		{ "alice valid-after=\"2023\" " KEY,
		  "keys:1: valid-after: invalid time '2023'; use YYYYMMDD, YYYYMMDDHHMM or "
		  "YYYYMMDDHHMMSS, with Z for UTC" },
		{ "alice valid-before=\"20230631\" " KEY,
		  "keys:1: valid-before: invalid time '20230631'; use YYYYMMDD, YYYYMMDDHHMM or "
		  "YYYYMMDDHHMMSS, with Z for UTC" },
		{ "alice sk-ssh-ed25519@openssh.com AAAA",
		  "keys:1: keys of the type 'sk-ssh-ed25519@openssh.com' are not supported; use "
		  "Ed25519, ECDSA or RSA" },
		{ "alice ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAEC",
		  "keys:1: the key is damaged, or is not of the type 'ssh-rsa'" },
		{ "bob " OTHER_KEY "\nalice ssh-ed25519 %%%",
		  "keys:2: the key is damaged, or is not of the type 'ssh-ed25519'" },
		{ "*,!mallory " KEY,
		  "keys:1: the principal '!mallory' excludes somebody, which has no "
		  "meaning here; the key alone decides" },
		{ "alice",
		  "keys:1: unknown option ''; use namespaces=, valid-after= or valid-before=" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++)
		assert_answer(cases[i].text, cases[i].expected);
}

static void a_pattern_list_matches_as_in_ssh(void **state)
{
	(void)state;
	assert_true(pattern_list_match("xdpd-object", "xdpd-object"));
	assert_true(pattern_list_match("a,x*-?bject", "xdpd-object"));
	assert_true(pattern_list_match("*", "xdpd-object"));
	assert_true(pattern_list_match("*d-*ect", "xdpd-object"));
	assert_false(pattern_list_match("", "xdpd-object"));
	assert_false(pattern_list_match("xdpd-object?", "xdpd-object"));
	assert_false(pattern_list_match("xdpd", "xdpd-object"));
	assert_false(pattern_list_match("!xdpd-object,*", "xdpd-object"));
}

static void a_fingerprint_is_that_of_ssh_keygen(void **state)
{
	char fingerprint[KEY_FINGERPRINT_SIZE];
	struct blob wanted = key();

	(void)state;
	key_fingerprint(&wanted, fingerprint);
	assert_string_equal(fingerprint, "SHA256:mKqU+0K8OhKmA8bBQi9Rz0Q5l7/g160hIP+rJYSTNj4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_names_the_owner_of_the_key),
		cmocka_unit_test(a_key_that_is_not_there_is_not_trusted),
		cmocka_unit_test(namespaces_limit_a_key),
		cmocka_unit_test(times_limit_a_key),
		cmocka_unit_test(what_is_not_supported_is_refused),
		cmocka_unit_test(a_pattern_list_matches_as_in_ssh),
		cmocka_unit_test(a_fingerprint_is_that_of_ssh_keygen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
