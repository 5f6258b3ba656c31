#pragma once

#include "object/object.h"

/* The objects that are attached somewhere, each once, by what is in them. */
struct object_store;

/* The directory `objects` in that directory; makes it, and sweeps out what a crash left half written. */
int object_store_open(int parent, struct object_store **ret, struct error *error);
void object_store_drop(struct object_store **store);

/* Is the object with that SHA-256 there? What cannot be looked at is. */
bool store_has(const struct object_store *store, const char *sha256);

/*
 * Keeps a copy of the object, unless there is one, and its signature, if that was found to be valid. On the disk when
 * this returns.
 */
int object_store_put(struct object_store *store, const struct object *object, struct error *error);

/* Reads it back, with the signature that is kept with it, if any; `ret` gets its own copy of the label. BadState if it is not there as it was. */
int object_store_get(const struct object_store *store, const char *sha256, const char *label,
		     struct object *ret, struct error *error);

/* Opens the file that the object is in, to be read only. BadState if there is none. */
int object_store_open_object(const struct object_store *store, const char *sha256, int *ret,
			     struct error *error);

/* The signature that is kept with the object; nothing is read if there is none. Free with blob_done(). */
void object_store_get_signature(const struct object_store *store, const char *sha256,
				struct blob *ret);

/* Calls `found` for each object with a signature, whether the object is there or not. */
void object_store_each_signature(const struct object_store *store,
				 void (*found)(void *userdata, const char *sha256), void *userdata);

/* Forgets the object, and its signature. */
void object_store_remove(struct object_store *store, const char *sha256);

/* Forgets all objects that nobody needs, and their signatures. */
void object_store_remove_unneeded(struct object_store *store,
				  bool (*is_needed)(void *userdata, const char *sha256),
				  void *userdata);
