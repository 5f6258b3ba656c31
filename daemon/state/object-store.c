// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/state/object-store.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "base/directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define OBJECT_MAX    (64 << 20)
#define SIGNATURE_MAX (16 << 10)

struct object_store {
	int directory;
};

void object_store_drop(struct object_store **store)
{
	if (*store)
		closep(&(*store)->directory);
	free(steal(*store));
}

int object_store_open(int parent, struct object_store **ret, struct error *error)
{
	cleanup(object_store_drop) struct object_store *store = calloc(1, sizeof(*store));

	if (!store)
		return error_memory(error);
	store->directory = -1;
	if (mkdirat(parent, "objects", 0700) == 0 || errno == EEXIST)
		store->directory = openat(parent, "objects",
					  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (store->directory < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot open the object store in the state directory: %s",
				 file_open_reason(-errno));
	file_remove_stale(store->directory);
	*ret = steal(store);
	return 0;
}

bool store_has(const struct object_store *store, const char *sha256)
{
	return faccessat(store->directory, sha256, F_OK, 0) == 0 || errno != ENOENT;
}

static int sync_store(const struct object_store *store, struct error *error)
{
	if (fsync(store->directory) == 0)
		return 0;
	return error_set(error, ERROR_KERNEL_REFUSED, -errno,
			 "cannot write the object store to disk: %s", errno_name(errno));
}

/* A damaged object counts as missing. */
static bool holds(const struct object_store *store, const struct object *object)
{
	cleanup(closep) int fd = file_open(store->directory, object->sha256, false);
	cleanup(blob_done) struct blob blob = {};

	return fd >= 0 && blob_read(fd, object->sha256, OBJECT_MAX, &blob, NULL) == 0 &&
	       blob.size == object->blob.size && !memcmp(blob.bytes, object->blob.bytes, blob.size);
}

/* The signature of an object is in a file with the object's name and this suffix. */
#define SIGNATURE_SUFFIX    ".sig"
#define SIGNATURE_NAME_SIZE (SHA256_TEXT_SIZE + sizeof(SIGNATURE_SUFFIX) - 1)

static const char *signature_name(const char *sha256, char ret[static SIGNATURE_NAME_SIZE])
{
	snprintf(ret, SIGNATURE_NAME_SIZE, "%s" SIGNATURE_SUFFIX, sha256);
	return ret;
}

/* A file that is larger than a signature can be does not have one. */
static void read_signature(const struct object_store *store, const char *sha256, struct blob *ret)
{
	char name[SIGNATURE_NAME_SIZE];
	cleanup(closep) int fd = file_open(store->directory, signature_name(sha256, name), false);

	if (fd >= 0)
		blob_read(fd, name, SIGNATURE_MAX, ret, NULL);
}

static bool holds_signature(const struct object_store *store, const struct object *object)
{
	cleanup(blob_done) struct blob blob = {};

	read_signature(store, object->sha256, &blob);
	return blob.size == object->signature.size &&
	       !memcmp(blob.bytes, object->signature.bytes, blob.size);
}

/* Only a signature that was found to be valid is stored. */
static int put_signature(const struct object_store *store, const struct object *object,
			 struct error *error)
{
	char name[SIGNATURE_NAME_SIZE];
	int result;

	if (!object->signer.size || holds_signature(store, object))
		return 0;
	result = file_replace(store->directory, signature_name(object->sha256, name),
			      object->signature.bytes, object->signature.size, error);
	crash_point("signature-put");
	return result < 0 ? result : sync_store(store, error);
}

/*
 * The signature is stored first, so that after a crash no object lacks the signature with which it was sent.
 */
int object_store_put(struct object_store *store, const struct object *object, struct error *error)
{
	int result = put_signature(store, object, error);

	if (result < 0 || holds(store, object))
		return result;
	result = file_replace(store->directory, object->sha256, object->blob.bytes,
			      object->blob.size, error);
	return result < 0 ? result : sync_store(store, error);
}

int object_store_get(const struct object_store *store, const char *sha256, const char *label,
		     struct object *ret, struct error *error)
{
	cleanup(closep) int fd = file_open(store->directory, sha256, false);
	cleanup(object_done) struct object object = {};
	int result;

	if (fd < 0)
		return error_set(error, ERROR_BAD_STATE, fd,
				 "%s (sha256 %s) is no longer in the object store: %s", label,
				 sha256, file_open_reason(fd));
	result = blob_read(fd, label, OBJECT_MAX, &object.blob, error);
	if (result < 0)
		return result;
	blob_sha256(&object.blob, object.sha256);
	if (strcmp(object.sha256, sha256) != 0)
		return error_set(error, ERROR_BAD_STATE, -EBADMSG,
				 "%s in the object store is damaged: its sha256 is %s, not %s",
				 label, object.sha256, sha256);
	object.label = strdup(label);
	if (!object.label)
		return error_memory(error);
	read_signature(store, sha256, &object.signature);
	*ret = object;
	object = (struct object){};
	return 0;
}

int object_store_open_object(const struct object_store *store, const char *sha256, int *ret,
			     struct error *error)
{
	int fd = file_open(store->directory, sha256, false);

	if (fd < 0)
		return error_set(error, ERROR_BAD_STATE, fd,
				 "the object with sha256 %s is no longer in the object store: %s",
				 sha256, file_open_reason(fd));
	*ret = fd;
	return 0;
}

void object_store_get_signature(const struct object_store *store, const char *sha256,
				struct blob *ret)
{
	read_signature(store, sha256, ret);
}

void object_store_remove(struct object_store *store, const char *sha256)
{
	char name[SIGNATURE_NAME_SIZE];

	unlinkat(store->directory, sha256, 0);
	crash_point("object-remove");
	unlinkat(store->directory, signature_name(sha256, name), 0);
	crash_point("signature-remove");
}

struct object_sweep {
	struct object_store *store;
	bool (*is_needed)(void *userdata, const char *sha256);
	void *userdata;
};

static void sweep_object(int directory, const char *name, void *userdata)
{
	const struct object_sweep *sweep = userdata;
	cleanup(freep) char *sha256 = strndup(name, strcspn(name, "."));

	/* This also removes the signature of an object that was lost in a crash. */
	if (sha256 && !sweep->is_needed(sweep->userdata, sha256))
		unlinkat(directory, name, 0);
	crash_point("object-remove");
}

struct signature_walk {
	void (*found)(void *userdata, const char *sha256);
	void *userdata;
};

static void visit_signature(int directory, const char *name, void *userdata)
{
	const struct signature_walk *walk = userdata;
	size_t length = strcspn(name, ".");
	cleanup(freep) char *sha256 = strndup(name, length);

	(void)directory;
	if (sha256 && !strcmp(name + length, SIGNATURE_SUFFIX))
		walk->found(walk->userdata, sha256);
}

void object_store_each_signature(const struct object_store *store,
				 void (*found)(void *userdata, const char *sha256), void *userdata)
{
	struct signature_walk walk = { found, userdata };

	directory_each(store->directory, ".", visit_signature, &walk);
}

void object_store_remove_unneeded(struct object_store *store,
				  bool (*is_needed)(void *userdata, const char *sha256),
				  void *userdata)
{
	struct object_sweep sweep = { store, is_needed, userdata };

	directory_each(store->directory, ".", sweep_object, &sweep);
}
