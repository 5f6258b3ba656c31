// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "parser/ssh-key.h"

#include "base/cleanup.h"

#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <nettle/eddsa.h>
#include <nettle/rsa.h>
#include <nettle/sha2.h>

/* Limits of RSA keys: a smaller key can be broken, and a larger exponent only costs time. */
#define RSA_BITS_MIN	   2048
#define RSA_BITS_MAX	   16384
#define EXPONENT_BYTES_MAX 8

#define NUMBER_BYTES_MAX (RSA_BITS_MAX / 8 + 1)

static int malformed(const char *what, struct error *error)
{
	return error_set(error, ERROR_BAD_SIGNATURE, -EBADMSG, "is malformed: %s", what);
}

static int differs(struct error *error)
{
	return error_set(error, ERROR_BAD_SIGNATURE, -EKEYREJECTED,
			 "does not fit: it was made for other contents, or it was changed");
}

/* A positive number. */
static bool take_integer(struct span *from, size_t bytes_max, mpz_t ret)
{
	struct span bytes;

	if (!span_take_string(from, &bytes) || !bytes.size || bytes.size > bytes_max ||
	    bytes.bytes[0] & 0x80)
		return false;
	nettle_mpz_set_str_256_u(ret, bytes.size, bytes.bytes);
	return mpz_sgn(ret) > 0;
}

/* How a type of key verifies. `key` and `signature` are the bytes after the names of their types. */
struct key_type {
	const char *name;
	const char *format; /* of signatures */
	int (*verify)(const struct key_type *type, struct span key, struct span signature,
		      const struct span *message, struct error *error);
	const char *curve; /* of ECDSA, like the next one */
	const struct ecc_curve *(*get_curve)(void);
	void (*hash)(const struct span *message, uint8_t *ret);
	size_t hash_size;
	int (*verify_rsa)(const struct rsa_public_key *key, const uint8_t *digest,
			  const mpz_t signature);
};

static void hash_sha256(const struct span *message, uint8_t *ret)
{
	struct sha256_ctx hash;

	sha256_init(&hash);
	sha256_update(&hash, message->size, message->bytes);
	sha256_digest(&hash, SHA256_DIGEST_SIZE, ret);
}

static void hash_sha384(const struct span *message, uint8_t *ret)
{
	struct sha512_ctx hash;

	sha384_init(&hash);
	sha384_update(&hash, message->size, message->bytes);
	sha384_digest(&hash, SHA384_DIGEST_SIZE, ret);
}

static void hash_sha512(const struct span *message, uint8_t *ret)
{
	struct sha512_ctx hash;

	sha512_init(&hash);
	sha512_update(&hash, message->size, message->bytes);
	sha512_digest(&hash, SHA512_DIGEST_SIZE, ret);
}

static int verify_ed25519(const struct key_type *type, struct span key, struct span signature,
			  const struct span *message, struct error *error)
{
	struct span point, value;

	(void)type;
	if (!span_take_string(&key, &point) || point.size != ED25519_KEY_SIZE || key.size)
		return malformed("its Ed25519 key is invalid", error);
	if (!span_take_string(&signature, &value) || value.size != ED25519_SIGNATURE_SIZE ||
	    signature.size)
		return malformed("its Ed25519 value is invalid", error);
	return ed25519_sha512_verify(point.bytes, message->size, message->bytes, value.bytes)
		       ? 0
		       : differs(error);
}

static bool take_point(const struct key_type *type, struct span *key, struct ecc_point *ret)
{
	size_t size = (ecc_bit_size(type->get_curve()) + 7) / 8;
	struct span curve, point;
	mpz_t x, y;
	bool good;

	if (!span_take_string(key, &curve) || !span_is(&curve, type->curve) ||
	    !span_take_string(key, &point) || key->size || point.size != 1 + 2 * size ||
	    point.bytes[0] != 4) /* compressed points are not accepted */
		return false;
	nettle_mpz_init_set_str_256_u(x, size, point.bytes + 1);
	nettle_mpz_init_set_str_256_u(y, size, point.bytes + 1 + size);
	good = ecc_point_set(ret, x, y);
	mpz_clear(x);
	mpz_clear(y);
	return good;
}

static bool take_ecdsa_value(struct span *signature, struct dsa_signature *ret)
{
	struct span value;

	return span_take_string(signature, &value) && !signature->size &&
	       take_integer(&value, NUMBER_BYTES_MAX, ret->r) &&
	       take_integer(&value, NUMBER_BYTES_MAX, ret->s) && !value.size;
}

static int verify_ecdsa(const struct key_type *type, struct span key, struct span signature,
			const struct span *message, struct error *error)
{
	uint8_t digest[SHA512_DIGEST_SIZE];
	struct ecc_point point;
	struct dsa_signature value;
	int result = 0;

	ecc_point_init(&point, type->get_curve());
	dsa_signature_init(&value);
	type->hash(message, digest);
	if (!take_point(type, &key, &point))
		result = malformed("its ECDSA key is invalid", error);
	else if (!take_ecdsa_value(&signature, &value))
		result = malformed("its ECDSA value is invalid", error);
	else if (!ecdsa_verify(&point, type->hash_size, digest, &value))
		result = differs(error);
	dsa_signature_clear(&value);
	ecc_point_clear(&point);
	return result;
}

static int check_rsa(struct span *key, struct rsa_public_key *ret, struct error *error)
{
	size_t bits;

	if (!take_integer(key, EXPONENT_BYTES_MAX, ret->e) ||
	    !take_integer(key, NUMBER_BYTES_MAX, ret->n) || key->size)
		return malformed("its RSA key is invalid", error);
	bits = mpz_sizeinbase(ret->n, 2);
	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
		return error_set(error, ERROR_BAD_SIGNATURE, -EKEYREJECTED,
				 "is by an RSA key of %zu bits; it needs %d to %d", bits,
				 RSA_BITS_MIN, RSA_BITS_MAX);
	return rsa_public_key_prepare(ret) ? 0 : malformed("its RSA key is invalid", error);
}

static bool take_rsa_value(struct span *signature, mpz_t ret)
{
	struct span bytes;

	if (!span_take_string(signature, &bytes) || signature->size || !bytes.size ||
	    bytes.size > NUMBER_BYTES_MAX)
		return false;
	nettle_mpz_set_str_256_u(ret, bytes.size, bytes.bytes);
	return true;
}

static int verify_rsa(const struct key_type *type, struct span key, struct span signature,
		      const struct span *message, struct error *error)
{
	uint8_t digest[SHA512_DIGEST_SIZE];
	struct rsa_public_key public_key;
	mpz_t value;
	int result;

	rsa_public_key_init(&public_key);
	mpz_init(value);
	type->hash(message, digest);
	result = check_rsa(&key, &public_key, error);
	if (result == 0 && !take_rsa_value(&signature, value))
		result = malformed("its RSA value is invalid", error);
	else if (result == 0)
		result = type->verify_rsa(&public_key, digest, value) ? 0 : differs(error);
	mpz_clear(value);
	rsa_public_key_clear(&public_key);
	return result;
}

#define ECDSA(curve_name, get, function, size)                                                   \
	{                                                                                        \
		.name = "ecdsa-sha2-" curve_name, .format = "ecdsa-sha2-" curve_name,            \
		.verify = verify_ecdsa, .curve = curve_name, .get_curve = get, .hash = function, \
		.hash_size = size                                                                \
	}

/* RSA keys make signatures of several formats; the one with SHA-1 is not accepted. */
static const struct key_type types[] = {
	{ .name = "ssh-ed25519", .format = "ssh-ed25519", .verify = verify_ed25519 },
	ECDSA("nistp256", nettle_get_secp_256r1, hash_sha256, SHA256_DIGEST_SIZE),
	ECDSA("nistp384", nettle_get_secp_384r1, hash_sha384, SHA384_DIGEST_SIZE),
	ECDSA("nistp521", nettle_get_secp_521r1, hash_sha512, SHA512_DIGEST_SIZE),
	{ .name = "ssh-rsa",
	  .format = "rsa-sha2-512",
	  .verify = verify_rsa,
	  .hash = hash_sha512,
	  .verify_rsa = rsa_sha512_verify_digest },
	{ .name = "ssh-rsa",
	  .format = "rsa-sha2-256",
	  .verify = verify_rsa,
	  .hash = hash_sha256,
	  .verify_rsa = rsa_sha256_verify_digest },
};

int ssh_key_verify(const struct span *key, const struct span *signature, const struct span *message,
		   struct error *error)
{
	struct span key_rest = *key, signature_rest = *signature, name, format;

	if (!span_take_string(&key_rest, &name))
		return malformed("its key is invalid", error);
	if (!span_take_string(&signature_rest, &format))
		return malformed("its value is invalid", error);
	for (size_t i = 0; i < array_size(types); i++)
		if (span_is(&name, types[i].name) && span_is(&format, types[i].format))
			return types[i].verify(&types[i], key_rest, signature_rest, message, error);
	return error_set(error, ERROR_BAD_SIGNATURE, -EOPNOTSUPP,
			 "is of a kind that xdpd does not know ('%.*s' by a key '%.*s'); use "
			 "Ed25519, ECDSA, or RSA with SHA-256 or SHA-512",
			 format.size < 64 ? (int)format.size : 64, (const char *)format.bytes,
			 name.size < 64 ? (int)name.size : 64, (const char *)name.bytes);
}
