// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "object/object.h"

/* The objects of all attached components, each stored once, under the digest of its content. */
struct object_store;

/*
 * Opens the directory `objects` in `parent`; creates it, and removes half-written files that a crash left.
 */
int object_store_open(int parent, struct object_store **ret, struct error *error);
void object_store_drop(struct object_store **store);

/* Is the object with that SHA-256 in the store? True also if the store cannot be read. */
bool store_has(const struct object_store *store, const char *sha256);

/*
 * Stores a copy of the object, unless the store has one, and its signature, if that is valid. Both are on
 * disk when this returns.
 */
int object_store_put(struct object_store *store, const struct object *object, struct error *error);

/*
 * Reads the object, and its signature if there is one; `ret` gets its own copy of the label. Errors:
 * BadState if the object is missing or damaged.
 */
int object_store_get(const struct object_store *store, const char *sha256, const char *label,
		     struct object *ret, struct error *error);

/* Opens the file of the object for reading. Errors: BadState if there is none. */
int object_store_open_object(const struct object_store *store, const char *sha256, int *ret,
			     struct error *error);

/* Reads the signature of the object, which stays empty if there is none. Free with blob_done(). */
void object_store_get_signature(const struct object_store *store, const char *sha256,
				struct blob *ret);

/* Calls `found` for each stored signature, even if its object is missing. */
void object_store_each_signature(const struct object_store *store,
				 void (*found)(void *userdata, const char *sha256), void *userdata);

/* Removes the object and its signature. */
void object_store_remove(struct object_store *store, const char *sha256);

/* Removes all objects that are not needed, and their signatures. */
void object_store_remove_unneeded(struct object_store *store,
				  bool (*is_needed)(void *userdata, const char *sha256),
				  void *userdata);
