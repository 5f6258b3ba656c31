#pragma once

#include "base/error.h"
#include "base/file.h"
#include "sandbox/parcel.h"

/*
 * REQUEST_OPEN, and REQUEST_LOAD after it: libbpf opens and loads the object, and the process that uses the parser
 * makes the kernel's objects. Answers both requests over the socket. `object` is the one of an earlier request, if
 * the request has none.
 */
int load_converse(int socket, struct parcel *request, const struct blob *object);
