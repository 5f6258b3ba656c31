#pragma once

#include "object/object.h"

/* The objects that are attached somewhere, each once, by what is in them. */
struct store;

/* The directory `objects` in that directory; makes it, and sweeps out what a crash left half written. */
int store_open(int parent, struct store **ret, struct error *error);
void store_drop(struct store **store);

/* Is the object with that SHA-256 there? What cannot be looked at is. */
bool store_has(const struct store *store, const char *sha256);

/* Keeps a copy of the object, unless there is one. On the disk when this returns. */
int store_put(struct store *store, const struct object *object, struct error *error);

/* Reads it back; `ret` gets its own copy of the label. BadState if it is not there as it was. */
int store_get(const struct store *store, const char *sha256, const char *label, struct object *ret,
	      struct error *error);

/* Opens the file that the object is in, to be read only. BadState if there is none. */
int store_open_object(const struct store *store, const char *sha256, int *ret, struct error *error);

/* Forgets the object. */
void store_remove(struct store *store, const char *sha256);

/* Forgets all objects that nobody needs. */
void store_sweep(struct store *store, bool (*is_needed)(void *userdata, const char *sha256),
		 void *userdata);
