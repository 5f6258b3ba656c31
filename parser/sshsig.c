// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "parser/sshsig.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "parser/ssh-key.h"

#define MAGIC	"SSHSIG"
#define VERSION 1
#define BEGIN	"-----BEGIN SSH SIGNATURE-----"
#define END	"-----END SSH SIGNATURE-----"

/* Maximum length of a namespace in an error. */
#define SHOWN_MAX 64

static int malformed(const char *what, struct error *error)
{
	return error_set(error, ERROR_BAD_SIGNATURE, -EBADMSG, "is malformed: %s", what);
}

/* Finds the base64 digits between the two lines; white space around them is accepted. */
static bool find_armored(const char *text, size_t size, const char **ret, size_t *ret_size)
{
	const char *begin = memmem(text, size, BEGIN, strlen(BEGIN)), *end;

	if (!begin)
		return false;
	for (const char *c = text; c < begin; c++)
		if (!strchr(" \t\r\n", *c) || !*c)
			return false;
	begin += strlen(BEGIN);
	end = memmem(begin, text + size - begin, END, strlen(END));
	if (!end)
		return false;
	for (const char *c = end + strlen(END); c < text + size; c++)
		if (!strchr(" \t\r\n", *c) || !*c)
			return false;
	*ret = begin;
	*ret_size = end - begin;
	return true;
}

static bool take_parts(struct span *from, struct sshsig *ret)
{
	return span_take_string(from, &ret->key) && span_take_string(from, &ret->name_space) &&
	       span_take_string(from, &ret->reserved) && span_take_string(from, &ret->hash) &&
	       span_take_string(from, &ret->signature) && from->size == 0;
}

int sshsig_decode(const char *text, size_t size, unsigned char *buffer, struct sshsig *ret,
		  struct error *error)
{
	struct span rest = { .bytes = buffer }, magic;
	const char *digits;
	size_t n_digits;
	uint32_t version;

	if (!find_armored(text, size, &digits, &n_digits))
		return malformed("it is not what 'ssh-keygen -Y sign' writes", error);
	if (!base64_decode(digits, n_digits, buffer, &rest.size))
		return malformed("its base64 text is damaged", error);
	if (!span_take(&rest, strlen(MAGIC), &magic) || !span_is(&magic, MAGIC) ||
	    !span_take_number(&rest, &version))
		return malformed("it does not begin with " MAGIC, error);
	if (version != VERSION)
		return error_set(error, ERROR_BAD_SIGNATURE, -EBADMSG,
				 "has version %u of the format; xdpd knows version %d", version,
				 VERSION);
	return take_parts(&rest, ret) ? 0 : malformed("it ends early or has more in it", error);
}

static int check_namespace(const struct sshsig *sshsig, const char *name_space, struct error *error)
{
	size_t shown = sshsig->name_space.size < SHOWN_MAX ? sshsig->name_space.size : SHOWN_MAX;

	if (span_is(&sshsig->name_space, name_space))
		return 0;
	return error_set(error, ERROR_BAD_SIGNATURE, -EKEYREJECTED,
			 "is for the namespace '%.*s' instead of '%s'", (int)shown,
			 (const char *)sshsig->name_space.bytes, name_space);
}

/* Empty, if the signature names another hash function. */
static struct span choose_digest(const struct sshsig *sshsig, const struct file_digests *digests)
{
	if (span_is(&sshsig->hash, "sha512"))
		return (struct span){ digests->sha512, sizeof(digests->sha512) };
	if (span_is(&sshsig->hash, "sha256"))
		return (struct span){ digests->sha256, sizeof(digests->sha256) };
	return (struct span){};
}

static unsigned char *append(unsigned char *to, const void *bytes, size_t size)
{
	return (unsigned char *)mempcpy(to, bytes, size);
}

static unsigned char *append_string(unsigned char *to, const struct span *span)
{
	const unsigned char size[] = { span->size >> 24, span->size >> 16, span->size >> 8,
				       span->size };

	return append(append(to, size, sizeof(size)), span->bytes, span->size);
}

/* ssh-keygen does not sign the file itself, but data with its digest and the purpose. */
int sshsig_verify(const struct sshsig *sshsig, const char *name_space,
		  const struct file_digests *digests, struct error *error)
{
	cleanup(freep) unsigned char *message = NULL;
	unsigned char *end;
	struct span digest = choose_digest(sshsig, digests);
	int result = check_namespace(sshsig, name_space, error);

	if (result < 0)
		return result;
	if (!digest.size)
		return malformed("its hash function is neither sha256 nor sha512", error);
	message = malloc(strlen(MAGIC) + 4 * sizeof(uint32_t) + sshsig->name_space.size +
			 sshsig->reserved.size + sshsig->hash.size + digest.size);
	if (!message)
		return error_memory(error);
	end = append(message, MAGIC, strlen(MAGIC));
	end = append_string(end, &sshsig->name_space);
	end = append_string(end, &sshsig->reserved);
	end = append_string(end, &sshsig->hash);
	end = append_string(end, &digest);
	return ssh_key_verify(&sshsig->key, &sshsig->signature,
			      &(struct span){ message, end - message }, error);
}
